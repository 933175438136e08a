/** Types of ports: what a description must say, and what carries a port in a datapath of each type. */
import { describe, expect, test } from 'vitest';
import { openPort } from '../../../datapath/ports/open.js';
import { readPortOptions } from '../../../datapath/ports/port-options.js';
import {
  DATAPATH_TYPES,
  isPortType,
  PORT_CLASSES,
  PORT_TYPE_NAMES,
  PORT_TYPES,
  type PortDescription,
  portWords,
} from '../../../datapath/ports/port-types.js';

test('types are known by name', () => {
  expect([...PORT_TYPE_NAMES, 'toString', 'patch'].filter(isPortType)).toEqual(PORT_TYPE_NAMES);
  expect(portWords()).toBe('tap:NAME, internal:NAME, dummy:NAME, pcap:FILE');
});

/** Datapath type, port type, and the class that carries it. */
test.each([
  ['dummy', 'internal', 'dummy-internal'],
  ['dummy', 'dummy', 'dummy'],
  ['netdev', 'dummy', 'dummy'],
] as const)('in a datapath of type %s a port of type %s is opened as %s', (datapath, type, carrier) => {
  const port = openPort({ name: 'p', type, options: { mac: '02:00:00:00:00:01', mtu: '9000' } }, datapath);
  expect(port.type).toBe(carrier);
  expect(port.state()).toMatchObject({ mac: new Uint8Array([2, 0, 0, 0, 0, 1]), mtu: 9000 });
});

test('what has an interface has descriptors; a dummy datapath opens internal ports without one', () => {
  for (const datapath of DATAPATH_TYPES)
    expect(PORT_CLASSES[PORT_TYPES.internal.classes[datapath]].isInterface).toBe(datapath === 'netdev');
});

describe('options', () => {
  const refusals: [PortDescription, string][] = [
    [
      { name: 'a', type: 'system', options: { mtu: '9' } },
      '"mtu" is not an option of ports of type system; there are none',
    ],
    [
      { name: 'a', type: 'tap', options: { file: 'x' } },
      '"file" is not an option of ports of type tap; known are mac, mtu',
    ],
    [{ name: 'a', type: 'tap', options: { mac: '02:00' } }, 'mac: "02:00" is not six bytes in hexadecimal with colons'],
    [{ name: 'a', type: 'dummy', options: { ifindex: '-1' } }, 'ifindex: "-1" is not a number from 0 to 2147483647'],
    [{ name: 'a', type: 'pcap', options: { file: '' } }, 'file: "" is not a file'],
    [{ name: 'a', type: 'pcap', options: { file: 'x', paced: 'yes' } }, 'paced: "yes" is not true or false'],
    [{ name: 'a', type: 'pcap', options: {} }, 'a port of type pcap needs the option file'],
  ];
  test.each(refusals)('%j is refused', (port, why) => {
    expect(() => readPortOptions(port)).toThrow(`port a: ${why}`);
  });
});
