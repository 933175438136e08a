/**
 * Counters by name, for what happens rarely enough to be worth a name and often enough to be worth a number: every drop and
 * every refusal has one. They live in one Float64Array; `coverage/show` prints them with their rates, which `tick`
 * (called about once a second or more often) keeps as OVS does: events per second over 5 seconds, a minute, an hour.
 */

/** Index of a counter; made once at load time, then `add` costs one array access. */
export type Counter = number;

export interface CounterReading {
  name: string;
  total: number;
  /** Events per second over the last five seconds, minute, hour. */
  perSecond: number;
  perMinute: number;
  perHour: number;
}

const STEP_MS = 5_000;
const STEPS_A_MINUTE = 12;
const MINUTES_AN_HOUR = 60;
/** Names come from the program text only, so this is far above what can be there; beyond it is a bug. */
const MAX_COUNTERS = 1024;

const totals = new Float64Array(MAX_COUNTERS);
const names: string[] = [];
const byName = new Map<string, Counter>();

/** What was added in each of the last 12 five-second steps and 60 minutes, per counter. */
const steps = Array.from({ length: STEPS_A_MINUTE }, () => new Float64Array(MAX_COUNTERS));
const minutes = Array.from({ length: MINUTES_AN_HOUR }, () => new Float64Array(MAX_COUNTERS));
const seen = new Float64Array(MAX_COUNTERS);
let stepCount = 0;
let nextStepMs = -1;

/** The counter of that name, made if it is new. */
export function counter(name: string): Counter {
  const known = byName.get(name);
  if (known !== undefined) return known;
  if (names.length === MAX_COUNTERS) throw new Error(`more than ${MAX_COUNTERS} counters`);
  byName.set(name, names.length);
  return names.push(name) - 1;
}

export function add(handle: Counter, amount = 1): void {
  totals[handle] += amount;
}

/** Total of the counter of that name, null if there is none. */
export function read(name: string): number | null {
  const handle = byName.get(name);
  return handle === undefined ? null : totals[handle];
}

/** Closes the five-second steps that have passed; `now` is monotonic. */
export function tick(now: number): void {
  if (nextStepMs < 0) nextStepMs = now + STEP_MS;
  // After a long pause only the last hour matters.
  if (now - nextStepMs > 3_600_000) nextStepMs = now - 3_600_000;
  for (; now >= nextStepMs; nextStepMs += STEP_MS) closeStep();
}

function closeStep(): void {
  const step = steps[stepCount % STEPS_A_MINUTE];
  const minute = minutes[Math.floor(stepCount / STEPS_A_MINUTE) % MINUTES_AN_HOUR];
  if (stepCount % STEPS_A_MINUTE === 0) minute.fill(0);
  for (let i = 0; i < names.length; i++) {
    step[i] = totals[i] - seen[i];
    minute[i] += step[i];
    seen[i] = totals[i];
  }
  stepCount++;
}

/** All counters in the order of their names. */
export function snapshot(): CounterReading[] {
  const last = steps[(stepCount + STEPS_A_MINUTE - 1) % STEPS_A_MINUTE];
  return names
    .map((name, i) => ({
      name,
      total: totals[i],
      perSecond: last[i] / 5,
      perMinute: sumAt(steps, i) / 60,
      perHour: sumAt(minutes, i) / 3600,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function sumAt(rows: readonly Float64Array[], i: number): number {
  return rows.reduce((total, row) => total + row[i], 0);
}
