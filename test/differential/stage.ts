/**
 * Where conversations take turns: they are acted out on our switch, since what an end says depends on what it hears; what
 * comes of it are the steps of a session.
 */
import type { Rng } from '../../datapath/base/rng.js';
import { OwnSide } from './own-side.js';
import type { Step } from './session.js';
import { PORTS } from './side.js';
import { isSegment, pick, type Say, type SegmentSay, type Talk } from './talks.js';
import { describe, frameOfSegment, spoil, withProtocol } from './wire.js';

/** Conversations that go on at the same time. */
const AT_ONCE = 40;

export interface Setting {
  flows: string;
  groups?: string;
  /** Between frames, now and then. */
  pauses: readonly number[];
  /** One pause in so many turns; 12 where it is not said. */
  pauseOneIn?: number;
  /** Whether a frame may be spoilt on purpose. */
  maySpoil?: (say: SegmentSay) => boolean;
}

interface Speaker {
  talk: Talk;
  number: number;
  /** What it says next. */
  say: Say;
}

/** All that is said, in the order in which it is said. */
export async function actOut(rng: Rng, setting: Setting, talks: readonly Talk[]): Promise<Step[]> {
  const stage = new Stage(rng, setting, talks);
  await stage.play();
  return stage.steps;
}

class Stage {
  readonly steps: Step[] = [];
  private readonly own: OwnSide;
  private readonly talking: Speaker[] = [];
  private readonly heard = new Map<number, Uint8Array>();
  private added = 0;

  constructor(
    private readonly rng: Rng,
    private readonly setting: Setting,
    private readonly talks: readonly Talk[],
  ) {
    this.own = new OwnSide(setting.flows, setting.groups);
  }

  async play(): Promise<void> {
    const { rng, setting } = this;
    for (let pause = 0; this.fill(); ) {
      const port = portOf(pick(rng, this.talking).say);
      for (const speaker of this.talking.filter(({ say }) => portOf(say) === port)) {
        await this.speak(speaker, pause);
        pause = 0;
        const next = speaker.talk.next();
        if (next === null) this.talking.splice(this.talking.indexOf(speaker), 1);
        else speaker.say = next;
      }
      if (setting.pauses.length > 0 && rng.below(setting.pauseOneIn ?? 12) === 0) pause = pick(rng, setting.pauses);
    }
  }

  /** False when nobody is left. */
  private fill(): boolean {
    while (this.talking.length < AT_ONCE && this.added < this.talks.length) {
      const number = this.added++;
      const talk = this.talks[number];
      const say = talk.next();
      if (say !== null) this.talking.push({ talk, number, say });
    }
    return this.talking.length > 0;
  }

  private async speak({ talk, number, say }: Speaker, pause: number): Promise<void> {
    const advanceMs = pause + (say.afterMs ?? 0);
    this.own.wait(advanceMs);
    if ('order' in say) {
      this.steps.push({ advanceMs, talk: number, text: say.text, order: say.order });
      return this.tell(number, talk, (await this.own.obey(say.order)).left);
    }
    const { frame, text } = isSegment(say) ? this.frameOf(say) : say;
    this.steps.push({ port: say.port, advanceMs, frame, talk: number, text });
    const heard = this.heard.get(number);
    const bytes = typeof frame !== 'function' ? frame : heard === undefined ? null : frame(heard);
    if (bytes !== null) this.tell(number, talk, this.own.send(say.port, bytes));
  }

  private tell(number: number, talk: Talk, left: readonly (readonly string[])[]): void {
    for (const [i, port] of PORTS.entries())
      for (const hex of left[i]) {
        const frame = new Uint8Array(Buffer.from(hex, 'hex'));
        this.heard.set(number, frame);
        talk.heard(port, frame);
      }
  }

  private frameOf(say: SegmentSay): { frame: Uint8Array; text: string } {
    let frame = frameOfSegment(say.segment, this.steps.length + 1);
    let text = describe(say.segment);
    if (say.proto !== undefined) {
      frame = withProtocol(frame, say.proto);
      text += ` as protocol ${say.proto}`;
    }
    if (this.setting.maySpoil?.(say) && this.rng.below(40) === 0) {
      frame = spoil(frame, this.rng);
      text += ', spoilt';
    }
    return { frame, text };
  }
}

/** Orders go by themselves. */
const portOf = (say: Say): number => ('order' in say ? 0 : say.port);
