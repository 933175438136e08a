/** The verbs of `ctswitch ct`. The daemon filters and formats; here its answers are put on the screen. */
import type { Explanation } from '../../../inspect/explain.js';
import type { WatchEvent } from '../../../inspect/watch-event.js';
import { colorsFrom, PLAIN } from '../../../text/colors.js';
import { wantedColors } from '../../color.js';
import { print, printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { ask, pages } from './daemon-request.js';
import { SETTING_VERBS } from './settings.js';
import { statsText } from './stats-text.js';
import { eventText, explanationText } from './text.js';
import { top } from './top.js';
import { limitOf, requestOf, type Verb } from './verb.js';

/** With --json one array, a row on each line. */
const list: Verb['run'] = async (args) => {
  if (args.json && args.format !== undefined) throw new UserError('--json and --format exclude each other');
  const format = args.json ? 'json' : (args.format ?? 'ovs');
  const colors = format === 'json' ? null : wantedColors(args.color, true);
  const request = {
    ...requestOf(args),
    format,
    ...(args.list === undefined ? {} : { list: args.list }),
    ...(colors === null ? {} : { colors }),
  };
  let isFirst = true;
  for await (const { rows } of pages<{ rows: unknown[]; next: number | null }>(args, 'ctswitch/ct-list', request)) {
    for (const row of rows) {
      if (!args.json) await print(`${typeof row === 'string' ? row : JSON.stringify(row)}\n`);
      else await print(`${isFirst ? '[' : ','}\n${JSON.stringify(row)}`);
      isFirst = false;
    }
  }
  if (args.json) await print(isFirst ? '[]\n' : '\n]\n');
  return undefined;
};

interface Counts {
  confirmed: number;
  unconfirmed: number;
  expected: number;
  dying: number;
  next: number | null;
}

/** The number of connections that `list` shows; the other lists on --json. */
const count: Verb['run'] = async (args) => {
  const sums = { confirmed: 0, unconfirmed: 0, expected: 0, dying: 0 };
  for await (const page of pages<Counts>(args, 'ctswitch/ct-count', requestOf(args))) {
    sums.confirmed += page.confirmed;
    sums.dying += page.dying;
    sums.unconfirmed = page.unconfirmed;
    sums.expected = page.expected;
  }
  const { list } = args;
  if (list !== undefined && !Object.hasOwn(sums, list))
    throw new UserError(`there is no list "${list}"; there are ${Object.keys(sums).join(', ')}`);
  const number = sums[(list ?? 'confirmed') as keyof typeof sums];
  await print(args.json ? `${JSON.stringify(sums)}\n` : `${number}\n`);
  return undefined;
};

const flush: Verb['run'] = async (args) => {
  let flushed = 0;
  for await (const page of pages<{ flushed: number; next: number | null }>(args, 'ctswitch/ct-flush', requestOf(args)))
    flushed += page.flushed;
  await print(
    args.json ? `${JSON.stringify({ flushed })}\n` : `${flushed} connection${flushed === 1 ? '' : 's'} flushed\n`,
  );
  return undefined;
};

const stats: Verb['run'] = async (args) => {
  const answer = await ask<Parameters<typeof statsText>[0]>(args, 'ctswitch/ct-stats', requestOf(args));
  await print(args.json ? `${JSON.stringify(answer)}\n` : statsText(answer));
  return undefined;
};

/** Until interrupted, or until `limit` events have come. */
const watch: Verb['run'] = async (args) => {
  const events = args.events?.split(',');
  const wanted = limitOf(args, Number.POSITIVE_INFINITY);
  const wantedText = wantedColors(args.color, true);
  const colors = wantedText === null ? PLAIN : colorsFrom(wantedText);
  const opening = { ...requestOf(args), ...(events === undefined ? {} : { events }) };
  const { watcher } = await ask<{ watcher: number }>(args, 'ctswitch/ct-watch', opening);
  const request = { ...(args.datapath === undefined ? {} : { datapath: args.datapath }), watcher };
  // There is room for few watchers: one that goes says so, if the daemon still listens.
  const close = (): Promise<unknown> => ask(args, 'ctswitch/ct-watch-close', request).catch(() => null);
  process.once('SIGINT', () => void close().finally(() => process.exit(130)));
  await printError('watching; Ctrl-C ends it\n');
  for (let left = wanted; left > 0; ) {
    const answer = await ask<{ events: WatchEvent[]; lost: number }>(args, 'ctswitch/ct-watch-read', request);
    const shown = answer.events.slice(0, left);
    for (const event of shown) await print(args.json ? `${JSON.stringify(event)}\n` : `${eventText(event, colors)}\n`);
    if (answer.lost > 0)
      await print(
        args.json
          ? `${JSON.stringify({ event: 'lost', count: answer.lost })}\n`
          : `${colors.drop('LOST')} ${answer.lost} events\n`,
      );
    left -= shown.length;
  }
  await close();
  return undefined;
};

/** Oldest first, so that the latest stands above the prompt. */
const explain: Verb['run'] = async (args) => {
  const { zone } = args.filter;
  if (zone !== undefined && !/^\d+$/.test(zone))
    throw new UserError(`zone takes a number from 0 to 65535, not "${zone}"`);
  const request = {
    ...(args.datapath === undefined ? {} : { datapath: args.datapath }),
    ...(args.reason === undefined ? {} : { reason: args.reason }),
    ...(zone === undefined ? {} : { zone: Number(zone) }),
    ...(args.limit === undefined ? {} : { limit: limitOf(args, 0) }),
    each: args.each,
  };
  const answer = await ask<{ total: number; rows: Explanation[] }>(args, 'ctswitch/ct-explain', request);
  if (args.json) await print(`${JSON.stringify(answer)}\n`);
  else if (answer.rows.length === 0) await print('The tracker has refused nothing of that kind.\n');
  else for (const row of answer.rows.reverse()) await print(explanationText(row));
  return undefined;
};

// biome-ignore format: a table
export const VERBS: Readonly<Record<string, Verb>> = {
  list: { words: '', describe: 'connections, one on each line', filters: 'all', options: ['format', 'list', 'color'], run: list },
  count: { words: '', describe: 'how many there are', filters: 'all', options: ['list'], run: count },
  flush: { words: '', describe: 'forget connections', filters: 'all', run: flush },
  watch: { words: '', describe: 'connections as they come and go', filters: 'all', options: ['events', 'limit', 'color'], run: watch },
  stats: { words: '', describe: 'size, load, zones, reasons', run: stats },
  explain: {
    words: '',
    describe: 'the last packets that were +inv or not committed, and why',
    filters: ['zone'],
    options: ['reason', 'limit', 'each'],
    run: explain,
  },
  top,
  ...SETTING_VERBS,
};
