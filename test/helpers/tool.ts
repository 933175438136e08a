/** Runs programs of the machine to their end and gives back all they said, whatever their exit code. */
import { spawnSync } from 'node:child_process';

export interface ToolResult {
  status: number;
  out: string;
  err: string;
}

export interface ToolOptions {
  env?: NodeJS.ProcessEnv;
  input?: string;
  timeoutMs?: number;
}

/** Commands are local and quick: what takes so long, on a loaded machine too, hangs. */
const TIMEOUT_MS = 60_000;

export function tool(command: string, args: readonly string[], options: ToolOptions = {}): ToolResult {
  const done = spawnSync(command, args, {
    env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, ...options.env },
    encoding: 'utf8',
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    maxBuffer: 1 << 28,
    input: options.input ?? '',
  });
  // A tool need not read what it is given.
  if (done.error !== undefined && (done.error as NodeJS.ErrnoException).code !== 'EPIPE')
    throw new Error(`${command} ${args.join(' ')}: ${done.error.message}`);
  return { status: done.status ?? 128, out: done.stdout, err: done.stderr };
}

/** The same for a command that has to succeed: its standard output. */
export function mustRun(command: string, args: readonly string[], options: ToolOptions = {}): string {
  const { status, out, err } = tool(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}: ${err || out}`);
  return out;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until the condition holds; asks for it less often if it is dear, or takes long to come. */
export async function until(
  what: string,
  condition: () => boolean,
  { timeoutMs = 30_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(everyMs);
  }
}
