/**
 * A page of the documentation as a session: the commands of its `console` blocks, one shell for all of them, and what each of
 * them is said to print. A line that begins with `# ` is a command, the lines behind it are among what it prints, in any order; `...`
 * in one stands for what is left out there, in a line of its own for other lines. A block of another kind whose paragraph before ends
 * with "`/run/NAME`:" is a file that the reader makes.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Command {
  text: string;
  /** Lines that have to be among what it prints; none: it has to succeed. */
  shown: string[];
}

export interface Outcome {
  printed: string;
  status: number;
}

export interface Page {
  commands: Command[];
  files: { path: string; text: string }[];
}

const BLOCK = /^```(\w*)\n([\s\S]*?)^```/gm;

export function pageAt(path: string): Page {
  const page: Page = { commands: [], files: [] };
  const markdown = readFileSync(path, 'utf8');
  for (const { 1: kind, 2: block = '', index } of markdown.matchAll(BLOCK)) {
    const file = /`(\/run\/[\w./-]+)`:\s*$/.exec(markdown.slice(0, index))?.[1];
    if (kind === 'console') page.commands.push(...commandsIn(block));
    else if (file !== undefined) page.files.push({ path: file, text: block });
  }
  return page;
}

function commandsIn(block: string): Command[] {
  const commands: Command[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('# ')) commands.push({ text: line.slice(2), shown: [] });
    else if (line.trim() !== '' && line.trim() !== '...') commands.at(-1)?.shown.push(line);
  }
  return commands;
}

/** The pages in these files and folders that have something to play, by their names below `root`. */
export function pagesIn(root: string, ...places: string[]): string[] {
  const names = places.flatMap((place) =>
    place.endsWith('.md') ? [place] : readdirSync(join(root, place)).map((name) => join(place, name)),
  );
  return names.filter((name) => name.endsWith('.md') && pageAt(join(root, name)).commands.length > 0);
}

/** What differs from run to run: times, identifiers, ports that were free. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\bid=\d+/g, 'id=N'],
  [/\btime \d+ms/g, 'time N'],
  [/\b[\d.]+ ms\b/g, 'N ms'],
  [/\b\d\d:\d\d:\d\d\.\d{3}\b/g, 'TIME'],
  [/#\d+\b/g, '#N'],
  // Seconds that are left, in the form of /proc/net/nf_conntrack.
  [/(ipv[46] +\d+ \w+ +\d+) \d+/, '$1 N'],
  [/\b(duration|idle_age|hard_age|timeout)=[\d.]+s?/g, '$1=N'],
  // From 1024 up there are the ports that kernels choose; those below are what was asked for.
  [/(?<!\d)(?!10[01]\d(?!\d)|102[0-3](?!\d))\d{4,}/g, 'N'],
  [/\s+/g, ' '],
];

export const steady = (line: string): string =>
  VARYING.reduce((text, [pattern, to]) => text.replace(pattern, to), line).trim();

/** Does the line that was printed have all parts of the one that is shown, in their order? */
function fits(printed: string, shown: string): boolean {
  const parts = shown.split('...').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').trim());
  return new RegExp(`^${parts.join('.*')}$`).test(printed);
}

/** Lines of the page that the command has not printed. */
export function missing({ shown }: Command, { printed }: Outcome): string[] {
  const lines = printed.split('\n').map(steady);
  return shown.filter((line) => {
    const at = lines.findIndex((printedLine) => fits(printedLine, steady(line)));
    if (at < 0) return true;
    lines.splice(at, 1);
    return false;
  });
}

/** Between the outputs of two commands. */
const MARK = '=====page=====';

/**
 * A command in the background is ready when its host, or this one, has a socket that it had not before and that listens or has its
 * peer: a server asks for its own name between bind and listen, and the socket of that question must not count. Most take less than
 * a second, on a loaded machine more.
 */
const WAIT = `
sockets() { $1 ss -Hantx 2>/dev/null | awk '$2 == "LISTEN" || $2 == "ESTAB" { print $1, $2, $5, $6, $7, $8 }' | sort; }
ready() { for i in $(seq 200); do [ -z "$(comm -13 <(echo "$2") <(sockets "$1"))" ] || break; sleep 0.1; done; }
`;

/**
 * What a page must not leave behind: programs, interfaces, hosts, sockets. Programs that have been told to end may take a moment; one
 * that ps names in brackets has ended already.
 */
const LEFT = `
left() {
  ps -e -o pid=,args= | grep -v -e "^ *$$ " -e "^ *1 " -e " ps -e " -e " grep " -e "<defunct>" -e " \\[[^]]*\\]$"
  ip -br link | grep -v -e '^lo '
  ip netns
  find /run -type s
}
for i in $(seq 100); do [ -z "$(left | grep -v 'bash -c')" ] && break; sleep 0.1; done
left | grep -v 'bash -c'
`;

function scriptOf({ commands, files }: Page): string {
  const made = files.map(({ path, text }) => `cat >${path} <<'END OF FILE'\n${text}END OF FILE`);
  const lines = commands.flatMap(({ text }) => {
    const host = /&\s*$/.test(text) ? (/ip netns exec \w+/.exec(text)?.[0] ?? '') : undefined;
    const before = host === undefined ? [] : [`before="$(sockets "${host}")"`];
    const after = host === undefined ? [] : [`ready "${host}" "$before"`];
    return [...before, text, 'status=$?', ...after, `printf '\\n${MARK} %s\\n' "$status"`];
  });
  return `exec 2>&1\n${WAIT}${made.join('\n')}\n${lines.join('\n')}\n${LEFT}`;
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
  'mount -t tmpfs none /run && mkdir -p /run/netns /run/tmp && mount --bind /run/netns /run/netns && mount --make-shared /run/netns && ip link set lo up && exec bash -c "$0"',
];

export interface Session {
  outcomes: Outcome[];
  /** What is there when all is done and should not be. */
  left: string;
}

/** Runs the page's commands in a directory, one after the other, whatever becomes of each. */
export function play(page: Page, directory: string, timeoutMs: number): Promise<Session> {
  return new Promise((resolve) => {
    const shell = spawn('unshare', [...ISOLATED, scriptOf(page)], {
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
      const outcomes = page.commands.map((_, i) => ({
        printed: parts[2 * i] ?? '',
        status: Number(parts[2 * i + 1] ?? Number.NaN),
      }));
      resolve({ outcomes, left: parts[2 * page.commands.length] ?? 'the page was not played to its end' });
    });
  });
}
