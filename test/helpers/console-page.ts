/**
 * A page of the documentation as a session: the commands of its `console` blocks, one shell for all of them, and what each of
 * them is said to print. A line that begins with `# ` is a command, the lines behind it are among what it prints, in any order; `...` at
 * the end of one, or in a line of its own, stands for what is left out.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Command {
  text: string;
  /** Lines that have to be among what it prints; none: it has to succeed. */
  shown: string[];
}

export interface Outcome {
  printed: string;
  status: number;
}

export function commandsOf(path: string): Command[] {
  const commands: Command[] = [];
  for (const [, block] of readFileSync(path, 'utf8').matchAll(/^```console\n([\s\S]*?)^```/gm)) {
    for (const line of block.split('\n')) {
      const last = commands.at(-1);
      if (line.startsWith('# ')) commands.push({ text: line.slice(2), shown: [] });
      else if (line.trim() !== '' && line.trim() !== '...') last?.shown.push(line);
    }
  }
  return commands;
}

/** What differs from run to run: times, identifiers, ports that were free. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\bid=\d+/g, 'id=N'],
  [/\btime \d+ms/g, 'time N'],
  [/\b[\d.]+ ms\b/g, 'N ms'],
  [/\b(duration|idle_age|hard_age|timeout)=[\d.]+s?/g, '$1=N'],
  [/\d{4,}/g, 'N'],
  [/\s+/g, ' '],
];

export const steady = (line: string): string =>
  VARYING.reduce((text, [pattern, to]) => text.replace(pattern, to), line).trim();

/** Lines of the page that the command has not printed. */
export function missing({ shown }: Command, { printed }: Outcome): string[] {
  const lines = printed.split('\n').map(steady);
  return shown.filter((line) => {
    const wanted = steady(line);
    const start = wanted.endsWith('...') ? wanted.slice(0, -3) : null;
    const at = lines.findIndex((printedLine) =>
      start === null ? printedLine === wanted : printedLine.startsWith(start),
    );
    if (at < 0) return true;
    lines.splice(at, 1);
    return false;
  });
}

/** Between the outputs of two commands. */
const MARK = '=====page=====';

/** A command in the background is ready when its host has a socket that it had not before; most take less than a second. */
const WAIT = `
sockets() { ip netns exec "$1" ss -Hantu 2>/dev/null; }
ready() { for i in $(seq 50); do [ "$(sockets "$1")" = "$2" ] || break; sleep 0.1; done; }
`;

function scriptOf(commands: readonly Command[]): string {
  const lines = commands.flatMap(({ text }) => {
    const host = /&\s*$/.test(text) ? /ip netns exec (\w+)/.exec(text)?.[1] : undefined;
    const before = host === undefined ? [] : [`before="$(sockets ${host})"`];
    const after = host === undefined ? [] : [`ready ${host} "$before"`];
    return [...before, text, 'status=$?', ...after, `printf '\\n${MARK} %s\\n' "$status"`];
  });
  return `exec 2>&1\n${WAIT}${lines.join('\n')}\n`;
}

/** Gives the shell interfaces, namespaces and run directories of its own, all of which go with it. */
const ISOLATED = [
  '--net',
  '--mount',
  '--pid',
  '--fork',
  '--mount-proc',
  '--kill-child',
  'sh',
  '-c',
  'mount -t tmpfs none /run && mkdir -p /run/netns && mount --bind /run/netns /run/netns && mount --make-shared /run/netns && ip link set lo up && exec bash -c "$0"',
];

/** Runs the page's commands in a directory, one after the other, whatever becomes of each. */
export function play(commands: readonly Command[], directory: string, timeoutMs: number): Promise<Outcome[]> {
  return new Promise((resolve) => {
    const shell = spawn('unshare', [...ISOLATED, scriptOf(commands)], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const timer = setTimeout(() => shell.kill('SIGKILL'), timeoutMs);
    let said = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    shell.once('exit', () => {
      clearTimeout(timer);
      const parts = said.split(new RegExp(`\\n${MARK} (\\d+)\\n`));
      resolve(
        commands.map((_, i) => ({ printed: parts[2 * i] ?? '', status: Number(parts[2 * i + 1] ?? Number.NaN) })),
      );
    });
  });
}
