/** Queues of ports, and groups. */
import { type ActionOf, OFPP, WHOLE_PACKET } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import { OF10, OF11, OF15 } from '../version.js';
import { OUTPUT_ENCODINGS } from './output.js';
import { behind, doc, final, nothing, nx, of, type PlainBody, REWRITE, type Rows, send, sendFirst } from './row.js';

/** Queues are of real ports. */
function queuePort(port: number): number {
  if (port < OFPP.MAX || port === OFPP.IN_PORT || port === OFPP.LOCAL) return port;
  throw new OpenFlowError('OFPBAC_BAD_OUT_PORT');
}

const QUEUE: PlainBody<ActionOf<'set_queue'>> = {
  read: (r) => ({ type: 'set_queue', queue: r.u32() }),
  write: (w, { queue }) => w.u32(queue),
};

const GROUP: PlainBody<ActionOf<'group'>> = {
  read: (r) => ({ type: 'group', group: r.u32() }),
  write: (w, { group }) => w.u32(group),
};

const ENQUEUE_BODY: PlainBody<ActionOf<'enqueue'>> = {
  read: (r) => {
    const port = queuePort(r.u16());
    r.skip(6);
    return { type: 'enqueue', port, queue: r.u32() };
  },
  write: (w, { port, queue }) => {
    w.u16(port);
    w.zeros(6);
    w.u32(queue);
  },
};

const SET_QUEUE = [of(21, OF11, OF15, 8, QUEUE), nx(4, 16, behind(2, QUEUE), OF10, OF10)];
const POP_QUEUE = nx(5, 16, nothing<ActionOf<'pop_queue'>>({ type: 'pop_queue' }));
const ENQUEUE = of(11, OF10, OF10, 16, ENQUEUE_BODY);

export const QUEUE_GROUP_ROWS: Rows<'enqueue' | 'set_queue' | 'pop_queue' | 'group'> = {
  enqueue: {
    encodings: [ENQUEUE],
    encode: (w, action, context) => {
      if (context.version === OF10) return send(w, ENQUEUE, action, context);
      sendFirst(w, SET_QUEUE, { type: 'set_queue', queue: action.queue }, context);
      sendFirst(w, OUTPUT_ENCODINGS, { type: 'output', port: action.port, maxLen: WHOLE_PACKET }, context);
      send(w, POP_QUEUE, { type: 'pop_queue' }, context);
    },
    place: null,
    docs: [doc('enqueue:PORT:QUEUE', 'enqueue:1:2', 'sends the packet out by a queue of the port')],
  },
  set_queue: {
    encodings: SET_QUEUE,
    place: REWRITE,
    docs: [doc('set_queue:QUEUE', 'set_queue:1', 'has what is sent from here on use a queue')],
  },
  pop_queue: {
    encodings: [POP_QUEUE],
    place: null,
    docs: [doc('pop_queue', 'pop_queue', 'back to the queue that the packet had')],
  },
  group: {
    encodings: [of(22, OF11, OF15, 8, GROUP), nx(40, 16, behind(2, GROUP), OF10, OF10)],
    place: final(0),
    docs: [doc('group:GROUP', 'group:1', 'runs a group')],
  },
};
