/** Why an interface could not be opened, in the words of Open vSwitch, which ovs-vsctl prints and scripts look for. */
import { SwitchError } from '../../datapath/base/error.js';

/** What the system would say, by our own codes. */
const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  'no-interface': 'No such device',
  'interface-busy': 'Device or resource busy',
  'no-permission': 'Operation not permitted',
  'bad-interface-name': 'Invalid argument',
};

export function openError(name: string, error: Error): string {
  const code = error instanceof SwitchError ? (error.detail as { code: string }).code : '';
  return `could not open network device ${name} (${SYSTEM_WORDS[code] ?? error.message})`;
}
