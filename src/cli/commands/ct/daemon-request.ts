/** Requests to a running daemon whose answers are JSON: for `ctswitch ct`. */
import { runCommand, socketPath } from '../../../unixctl/client.js';
import { daemonError } from '../../daemon-error.js';
import { defaultRundir } from '../../options.js';
import { UserError } from '../../user-error.js';

export interface DaemonAddress {
  target: string;
  rundir?: string | undefined;
}

/** Sends one command; what the daemon refuses is the user's mistake. */
export async function ask<T>(address: DaemonAddress, command: string, request: object): Promise<T> {
  const text = await answerTo(address, command, request);
  return JSON.parse(text) as T;
}

/** The same for commands that take words, and answer in JSON when asked to. */
export async function askInWords<T>(address: DaemonAddress, command: string, words: readonly string[]): Promise<T> {
  return (await resultOf(address, command, [...words], true)) as T;
}

const answerTo = async (address: DaemonAddress, command: string, request: object): Promise<string> =>
  String(await resultOf(address, command, [JSON.stringify(request)], false));

async function resultOf(
  { target, rundir }: DaemonAddress,
  command: string,
  words: string[],
  json: boolean,
): Promise<unknown> {
  try {
    const answer = await runCommand(socketPath(target, rundir ?? defaultRundir()), command, words, json);
    if (!answer.ok) throw new UserError(answer.error.trim().replace(/^ovs-vswitchd: /, ''));
    return answer.result;
  } catch (error) {
    throw daemonError(error);
  }
}

/** All pages of an answer that comes in pages. */
export async function* pages<T extends { next: number | null }>(
  address: DaemonAddress,
  command: string,
  request: object,
): AsyncGenerator<T> {
  for (let from: number | null = 0; from !== null; ) {
    const page: T = await ask<T>(address, command, { ...request, from });
    yield page;
    from = page.next;
  }
}
