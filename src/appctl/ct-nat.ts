/** What becomes of packets for which NAT finds no free address and port: asked and set while the switch runs. */
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command, takeDatapath } from './args.js';
import type { SwitchView } from './view.js';

export function ctNatCommands(view: SwitchView): Command[] {
  return [
    command('ctswitch/ct-get-nat-exhaustion', '[dp]', 0, 1, (args) => {
      const { conntrack } = takeDatapath(view, args).backer.datapath;
      return `${conntrack.dropsUntranslated ? 'drop' : 'pass'}\n`;
    }),
    command('ctswitch/ct-set-nat-exhaustion', '[dp] drop|pass', 1, 2, (args) => setFate(view, args)),
  ];
}

/** The fate is the last word; what stands before it is the datapath. */
function setFate(view: SwitchView, args: readonly string[]): string {
  const { backer } = takeDatapath(view, args.slice(0, -1));
  const word = args[args.length - 1];
  if (word !== 'drop' && word !== 'pass') throw new UnixctlError(`"${word}" is neither drop nor pass`);
  backer.datapath.conntrack.dropsUntranslated = word === 'drop';
  return '';
}
