import { describe, expect, test } from 'vitest';
import {
  formatTarget,
  parseActiveTarget,
  parsePassiveTarget,
  parseTarget,
  type Target,
} from '../../../src/net/target.js';

const GOOD: [text: string, target: Target, again: string][] = [
  ['unix:/run/br0.mgmt', { kind: 'unix', path: '/run/br0.mgmt' }, 'unix:/run/br0.mgmt'],
  ['tcp:127.0.0.1', { kind: 'tcp', host: '127.0.0.1', port: 6653 }, 'tcp:127.0.0.1:6653'],
  ['tcp:127.0.0.1:6633', { kind: 'tcp', host: '127.0.0.1', port: 6633 }, 'tcp:127.0.0.1:6633'],
  ['tcp:[::1]:6633', { kind: 'tcp', host: '::1', port: 6633 }, 'tcp:[::1]:6633'],
  ['tcp:[::1]', { kind: 'tcp', host: '::1', port: 6653 }, 'tcp:[::1]:6653'],
  ['punix:/run/x', { kind: 'punix', path: '/run/x', mode: 0o750 }, 'punix:/run/x'],
  ['punix:/run/x:0666', { kind: 'punix', path: '/run/x', mode: 0o666 }, 'punix:/run/x'],
  ['ptcp:', { kind: 'ptcp', host: '', port: 6653 }, 'ptcp:6653'],
  ['ptcp:6633', { kind: 'ptcp', host: '', port: 6633 }, 'ptcp:6633'],
  ['ptcp:0:127.0.0.1', { kind: 'ptcp', host: '127.0.0.1', port: 0 }, 'ptcp:0:127.0.0.1'],
  ['ptcp:6633:[::1]', { kind: 'ptcp', host: '::1', port: 6633 }, 'ptcp:6633:[::1]'],
];

const BAD: [text: string, why: RegExp][] = [
  ['', /must begin with/],
  ['br0', /must begin with/],
  ['udp:1.2.3.4:5', /must begin with/],
  ['ssl:1.2.3.4', /TLS/],
  ['unix:', /path is missing/],
  ['punix:', /path is missing/],
  ['tcp:', /address is missing/],
  ['tcp:1.2.3.4:0', /not a TCP port/],
  ['tcp:1.2.3.4:70000', /not a TCP port/],
  ['tcp:1.2.3.4:http', /not a TCP port/],
  ['ptcp:-1', /not a TCP port/],
];

describe('targets', () => {
  test.each(GOOD)('%s', (text, target, again) => {
    expect(parseTarget(text)).toEqual(target);
    expect(formatTarget(target)).toBe(again);
  });

  test.each(BAD)('"%s" is refused', (text, why) => {
    expect(() => parseTarget(text)).toThrow(why);
  });

  test('active and passive ones are told apart', () => {
    expect(() => parseActiveTarget('ptcp:')).toThrow(/only waits/);
    expect(() => parsePassiveTarget('tcp:1.2.3.4')).toThrow(/cannot wait/);
  });
});
