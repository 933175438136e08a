/** The verbs of `ctswitch ct` that ask and change how the tracker works: settings, set, limits, timeouts, fragments. */
import type { FragmentsJson } from '../../../inspect/fragments.js';
import type { ZoneLimitJson } from '../../../inspect/limits.js';
import type { SettingJson } from '../../../inspect/settings.js';
import type { TimeoutsJson } from '../../../inspect/timeouts.js';
import { print } from '../../output.js';
import { UserError } from '../../user-error.js';
import { askInWords } from './daemon-request.js';
import { fragmentsText, limitsText, settingsText, timeoutsText } from './settings-text.js';
import type { CtArgs, Verb } from './verb.js';

/** Asks with words, behind the name of the datapath if there is one. */
function request<T>(args: CtArgs, command: string, words: readonly string[]): Promise<T> {
  return askInWords<T>(args, command, [...(args.datapath === undefined ? [] : [args.datapath]), ...words]);
}

async function show<T>(args: CtArgs, answer: T, text: (answer: T) => string): Promise<undefined> {
  await print(args.json ? `${JSON.stringify(answer)}\n` : text(answer));
  return undefined;
}

const settings: Verb['run'] = async (args, names) =>
  show(args, await request<SettingJson[]>(args, 'ctswitch/ct-get', names), settingsText);

const set: Verb['run'] = async (args, words) => {
  if (words.length === 0) throw new UserError('say what to set: NAME=VALUE; ctswitch ct settings lists the names');
  await request(args, 'ctswitch/ct-set', words);
  return undefined;
};

const fragments: Verb['run'] = async (args) =>
  show(args, await request<FragmentsJson>(args, 'ctswitch/ct-get-fragments', []), fragmentsText);

const MAX_ZONE = 0xffff;
const MAX_LIMIT = 0xffff_ffff;

const limits: Verb['run'] = async (args, [verb, ...words]) => {
  if (verb === undefined)
    return show(args, await request<ZoneLimitJson[]>(args, 'ctswitch/ct-get-limits', []), limitsText);
  if (words.length === 0 || (verb !== 'set' && verb !== 'del'))
    throw new UserError(
      'limits takes nothing, or set ZONE=LIMIT..., or del ZONE...; the zone of all others is default',
    );
  if (verb === 'set') await request(args, 'dpctl/ct-set-limits', defaultFirst(words.map(limitWord)));
  else await request(args, 'dpctl/ct-del-limits', zonesToForget(words));
  return undefined;
};

/** `5=100` as dpctl has it. */
function limitWord(word: string): string {
  const [, zone = '', limit = ''] = /^(\d+|default)=(\d+)$/.exec(word) ?? [];
  if (limit === '' || Number(limit) > MAX_LIMIT || (zone !== 'default' && Number(zone) > MAX_ZONE))
    throw new UserError(`a limit is ZONE=LIMIT, with a zone up to ${MAX_ZONE} or default, and a number, not "${word}"`);
  return zone === 'default' ? `default=${limit}` : `zone=${zone},limit=${limit}`;
}

/** dpctl looks for the default limit in the first place only; the last one said counts. */
function defaultFirst(words: readonly string[]): string[] {
  const defaults = words.filter((word) => word.startsWith('default='));
  return [...defaults.slice(-1), ...words.filter((word) => !defaults.includes(word))];
}

function zonesToForget(words: readonly string[]): string[] {
  const zones = words.filter((word) => word !== 'default');
  const bad = zones.find((word) => !/^\d+$/.test(word) || Number(word) > MAX_ZONE);
  if (bad !== undefined) throw new UserError(`a zone is a number up to ${MAX_ZONE}, or default, not "${bad}"`);
  return [
    ...(words.includes('default') ? ['default'] : []),
    ...(zones.length === 0 ? [] : [`zone=${zones.join(',')}`]),
  ];
}

const timeouts: Verb['run'] = async (args, [verb, zone, ...words]) => {
  const place = (word: string | undefined): string[] => (word === undefined ? [] : [`zone=${word}`]);
  if (verb !== 'set' && verb !== 'del') {
    if (zone !== undefined)
      throw new UserError('timeouts takes a zone, or set ZONE NAME=SECONDS..., or del ZONE [NAME...]');
    return show(args, await request<TimeoutsJson[]>(args, 'ctswitch/ct-get-timeouts', place(verb)), timeoutsText);
  }
  if (zone === undefined || (verb === 'set' && words.length === 0))
    throw new UserError(
      `say ${verb} ZONE ${verb === 'set' ? 'NAME=SECONDS...' : '[NAME...]'}; the zone of all others is default`,
    );
  await request(args, `ctswitch/ct-${verb}-timeouts`, [...place(zone), ...words]);
  return undefined;
};

export const SETTING_VERBS = {
  settings: { words: '[NAME...]', describe: 'what can be set, with its value and meaning', run: settings },
  set: { words: 'NAME=VALUE...', describe: 'change settings', run: set },
  limits: { words: '[set ZONE=LIMIT... | del ZONE...]', describe: 'how many connections zones may have', run: limits },
  timeouts: {
    words: '[ZONE | set ZONE NAME=SECONDS... | del ZONE [NAME...]]',
    describe: 'how long connections live',
    run: timeouts,
  },
  fragments: { words: '', describe: 'how fragments are handled, and which are held', run: fragments },
} as const satisfies Record<string, Verb>;
