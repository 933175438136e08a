/** What the log says of FTP commands that are refused: which connection it was, in which zone. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { log } from '../../../datapath/base/log.js';
import { FtpTalk } from '../../helpers/ftp-talk.js';
import { segment, withHeadroom } from '../../helpers/segments.js';

let lines: string[];
beforeEach(() => {
  lines = [];
  log.setSink('file', ({ level, message }) => lines.push(`${level} ${message}`));
});
afterEach(() => log.setSink('file', null));

const BAD = 'warn Invalid FTP control packet format in zone 1, connection ';

test.each<[what: string, way: number, said: string, client: string, server: string, names: string]>([
  ['a client', 0, 'PORT nonsense\r\n', '10.0.0.1', '192.0.2.9', '10.0.0.1:40000 -> 192.0.2.9:21'],
  [
    'a server: the direction of who began',
    1,
    '227 nonsense\r\n',
    '10.0.0.1',
    '192.0.2.9',
    '10.0.0.1:40000 -> 192.0.2.9:21',
  ],
  ['IPv6', 0, 'EPRT nonsense\r\n', 'fc00::1', '2001:db8::9', '[fc00::1]:40000 -> [2001:db8::9]:21'],
  [
    'an address of somebody else',
    0,
    'PORT 10,0,0,77,4,1\r\n',
    '10.0.0.1',
    '192.0.2.9',
    '10.0.0.1:40000 -> 192.0.2.9:21',
  ],
])('%s', (_, way, said, client, server, names) => {
  new FtpTalk(client, server, undefined).say(way, said);
  expect(lines).toEqual([BAD + names]);
});

test('no room for the longer address', () => {
  const talk = new FtpTalk(
    '10.0.0.1',
    '192.0.2.9',
    { src: '192.0.2.240' },
    { client: '192.0.2.240', server: '192.0.2.9' },
  );
  talk.tracker.run(withHeadroom(segment(talk.from(0, 'PA', 'PORT 10,0,0,1,4,1\r\n')), 0), talk.follow);
  expect(lines).toEqual([
    'warn No room to rewrite an FTP control packet of zone 1, connection 10.0.0.1:40000 -> 192.0.2.9:21',
  ]);
});
