/** `ctswitch ct top`: who fills the table. The daemon sums up some records at a time; here the sums are added up. */
import type { TopPage } from '../../../inspect/top.js';
import { print } from '../../output.js';
import { pages } from './daemon-request.js';
import { columns } from './settings-text.js';
import { limitOf, requestOf, type Verb } from './verb.js';

/** Values kept apart while adding up; when there are twice as many, those with the fewest connections go among the others. */
const MAX_VALUES = 200_000;
const ROWS = 10;

interface Sum {
  value: string;
  connections: number;
  unreplied: number;
}

/** Connections by value. Values that were given up and come again count from then on only. */
export class Sums {
  connections = 0;
  /** Some values have been given up: the sums are lower bounds. */
  isRough = false;
  private values = new Map<string, Sum>();

  constructor(private readonly limit = MAX_VALUES) {}

  add(value: string, connections: number, unreplied: number): void {
    this.connections += connections;
    const sum = this.values.get(value);
    if (sum === undefined) {
      this.values.set(value, { value, connections, unreplied });
      if (this.values.size >= 2 * this.limit) this.prune();
      return;
    }
    sum.connections += connections;
    sum.unreplied += unreplied;
  }

  /** Those with the most connections, the most first; equals by name. */
  top(count: number): Sum[] {
    const sorted = [...this.values.values()].sort(
      (a, b) => b.connections - a.connections || (a.value < b.value ? -1 : 1),
    );
    return sorted.slice(0, count);
  }

  private prune(): void {
    this.isRough = true;
    this.values = new Map(this.top(this.limit).map((sum) => [sum.value, sum]));
  }
}

const run: Verb['run'] = async (args) => {
  const by = args.by ?? 'src';
  const count = limitOf(args, ROWS);
  const sums = new Sums();
  for await (const { rows } of pages<TopPage>(args, 'ctswitch/ct-top', { ...requestOf(args), by }))
    for (const row of rows) sums.add(...row);
  const rows = sums.top(count);
  const others = sums.connections - rows.reduce((sum, { connections }) => sum + connections, 0);
  if (args.json) {
    const named = rows.map(({ value, ...figures }) => ({ [by]: by === 'zone' ? Number(value) : value, ...figures }));
    const { connections, isRough } = sums;
    await print(`${JSON.stringify({ connections, rows: named, others, isRough })}\n`);
    return undefined;
  }
  await print(topText(by, rows, others, sums));
  return undefined;
};

function topText(by: string, rows: readonly Sum[], others: number, { connections, isRough }: Sums): string {
  const share = (part: number): string => `${((part / connections) * 100).toFixed(1)}%`;
  const lines = rows.map((row) => [String(row.connections), share(row.connections), String(row.unreplied), row.value]);
  const rest = others === 0 ? [] : [[String(others), share(others), '', 'others']];
  const note = isRough ? 'There are too many to keep apart: the figures are the least that there may be.\n' : '';
  return columns([['connections', 'share', 'unreplied', by], ...lines, ...rest]) + note;
}

export const top: Verb = {
  words: '',
  describe: 'what has the most connections',
  filters: 'all',
  options: ['by', 'limit'],
  run,
};
