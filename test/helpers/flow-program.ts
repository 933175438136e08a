/**
 * The programs in flows/ as tables of packets: what goes in and what has to come out. The same scenario is played into a switch
 * in this process and into a real Open vSwitch; since each frame that leaves has to be, byte for byte, the one that the
 * table describes, both do the same.
 *
 * A step is `PORT FRAME -> PORT FRAME & PORT FRAME`, with frames as in packet-text.ts; `same` is the frame that went in, `-> nothing`
 * a drop. Where the switch has a choice (a port for NAT, a server of a group) the table gives the choice a name of one letter, `$a`: what
 * stood there the first time has to stand there from then on, and answers can be sent to it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeFrame, frameFrom } from './packet-text.js';

export type Step = string | { wait: number } | { maxConnections: number } | { flows: string } | { groups: string };

type Scenarios = Readonly<Record<string, readonly Step[]>>;

export interface Program {
  /** Of flows/NAME.flows and, where there is one, flows/NAME.groups. */
  readonly name: string;
  readonly portCount: number;
  readonly scenarios: Scenarios;
  /** Not for Open vSwitch, which does otherwise: see docs/reference/differences-from-ovs.md. */
  readonly ownScenarios?: Scenarios;
}

/** What both switches can do; a frame in gives the frames out, each with its port, in the order of the ports. */
export interface PlayedSwitch {
  send(port: number, frame: Uint8Array): Promise<(readonly [port: number, frame: Uint8Array])[]>;
  wait(seconds: number): void;
  setMaxConnections(count: number): void;
  addFlows(text: string): void;
  modGroups(text: string): void;
}

export const FLOWS = join(import.meta.dirname, '..', '..', 'flows');

export const flowsOf = (program: Program): string => readFileSync(join(FLOWS, `${program.name}.flows`), 'utf8');

/** Those of our switch. */
export const allScenarios = ({ scenarios, ownScenarios }: Program): Scenarios => ({ ...scenarios, ...ownScenarios });

/** Each flow of the file. */
export const flowTextsOf = (program: Program): string[] =>
  flowsOf(program)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** Empty for a program without groups. */
export function groupsOf(program: Program): string {
  const file = join(FLOWS, `${program.name}.groups`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Plays the steps; throws at the first that goes otherwise than the table says. */
export async function play(sw: PlayedSwitch, steps: readonly Step[]): Promise<void> {
  const choices = new Map<string, string>();
  for (const step of steps) {
    if (typeof step === 'string') await playFrame(sw, step, choices);
    else if ('wait' in step) sw.wait(step.wait);
    else if ('maxConnections' in step) sw.setMaxConnections(step.maxConnections);
    else if ('flows' in step) sw.addFlows(step.flows);
    else sw.modGroups(step.groups);
  }
}

async function playFrame(sw: PlayedSwitch, step: string, choices: Map<string, string>): Promise<void> {
  const [before, after] = step.split(' -> ');
  const [port, ...words] = before.replace(/\$[a-z]/g, (name) => choices.get(name) ?? name).split(' ');
  const text = words.join(' ');
  const sent = await sw.send(Number(port), frameFrom(text));
  const wanted = after === 'nothing' ? [] : after.split(' & ').map((part) => part.replace('same', text));
  const got = sent.map(([to, frame]) => `${to} ${describeFrame(frame)}`);
  const isRight = got.length === wanted.length && wanted.every((line, i) => fits(got[i], line, choices));
  if (!isRight) throw new Error(`${step}\nhas given: ${got.join(' & ') || 'nothing'}`);
  for (const [to, frame] of sent) {
    const right = frameFrom(describeFrame(frame));
    if (Buffer.compare(right, frame) !== 0)
      throw new Error(`${step}\nhas left port ${to} as\n${hexOf(frame)} instead of\n${hexOf(right)}`);
  }
}

const hexOf = (frame: Uint8Array): string => Buffer.from(frame).toString('hex');

/** True if the text is the wanted one; learns the choices that are made here for the first time. */
function fits(text: string, wanted: string, choices: Map<string, string>): boolean {
  const names: string[] = [];
  const pattern = wanted.replace(/[.*+?^{}()|[\]\\]|\$[a-z]/g, (part) => {
    if (!part.startsWith('$')) return `\\${part}`;
    const known = choices.get(part);
    if (known !== undefined) return known;
    const group = names.indexOf(part);
    if (group >= 0) return `\\${group + 1}`;
    names.push(part);
    return '(\\w+)';
  });
  const found = new RegExp(`^${pattern}$`).exec(text);
  if (found === null) return false;
  names.forEach((name, i) => {
    choices.set(name, found[i + 1]);
  });
  return true;
}
