/** The commands of a running switch over a switch in this process: what ovs-appctl would be answered. */
import { noStops } from '../../datapath/base/clock.js';
import { allCommands } from '../../src/appctl/all.js';
import type { SwitchView } from '../../src/switch/view.js';
import { Registry } from '../../src/unixctl/registry.js';
import type { VirtualSwitch } from './virtual-switch.js';

export class Commands {
  private readonly registry = new Registry('test');

  constructor(sw: VirtualSwitch) {
    const view: SwitchView = {
      backers: () => [sw.backer],
      bridge: (name) => (name === sw.bridge.name ? sw.bridge : null),
      bridgeSummaries: () => [],
      change: () => Promise.reject(new Error('the bridge of a test stays as it is')),
      now: () => sw.now,
      wall: () => sw.clock.wall(),
      suspensions: () => noStops(),
      stopTime: () => {},
      warpTime: (ms) => sw.advance(ms),
      wake: () => sw.settle(),
      exit: () => {},
      reopenLog: () => false,
      closeLog: () => {},
    };
    this.registry.add(...allCommands(view));
  }

  /** The text of the answer; an error's text is thrown. */
  async run(name: string, ...args: string[]): Promise<string> {
    let text = '';
    for await (const piece of this.pieces(name, ...args)) text += piece;
    return text;
  }

  /** The answer as it is made: between two pieces packets may flow. */
  async *pieces(name: string, ...args: string[]): AsyncGenerator<string> {
    const answer = await this.registry.run(name, args);
    if (!('text' in answer)) throw new Error(`${name} has not answered with text`);
    if (typeof answer.text === 'string') yield answer.text;
    else yield* answer.text;
  }

  /** The error's text; fails if there is none. */
  async error(name: string, ...args: string[]): Promise<string> {
    try {
      await this.run(name, ...args);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error(`${name} ${args.join(' ')} was not refused`);
  }

  /** The answer as a value, for who asks for JSON. */
  async json<T>(name: string, ...args: string[]): Promise<T> {
    const answer = await this.registry.run(name, args, 'json');
    if (!('value' in answer)) throw new Error(`${name} has no answer in JSON`);
    return answer.value as T;
  }

  async ask<T>(name: string, request: object = {}): Promise<T> {
    return JSON.parse(await this.run(`ctswitch/${name}`, JSON.stringify(request))) as T;
  }
}
