/** Why an interface could not be opened, in the words of Open vSwitch, which ovs-vsctl prints and scripts look for. */
import { SwitchError } from '../../datapath/base/error.js';
import { strerror } from '../net/errno.js';

/** The system's errors, by our own codes. */
const ERRNO: Readonly<Record<string, string>> = {
  'no-interface': 'ENODEV',
  'interface-busy': 'EBUSY',
  'no-permission': 'EPERM',
  'bad-interface-name': 'EINVAL',
};

export function openError(name: string, error: Error): string {
  const code = error instanceof SwitchError ? (error.detail as { code: string }).code : '';
  return `could not open network device ${name} (${strerror(ERRNO[code] ?? error.message)})`;
}
