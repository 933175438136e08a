/** Commands about the daemon itself: exit, log levels, counters, memory. */
import { read, snapshot } from '../../datapath/base/counters.js';
import { FACILITIES, type Facility, log } from '../../datapath/base/log.js';
import { setLevel } from '../switch/log-spec.js';
import type { SwitchView } from '../switch/view.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command, silently } from './args.js';

export function daemonCommands(view: SwitchView): Command[] {
  return [
    command(
      'exit',
      '[--cleanup]',
      0,
      1,
      silently(() => view.exit()),
    ),
    command('vlog/set', '{spec | PATTERN:destination:pattern}', 0, 64, setLevels),
    command('vlog/list', '', 0, 0, listLevels),
    command('vlog/list-pattern', '', 0, 0, listPatterns),
    command('vlog/reopen', '', 0, 0, () => (view.reopenLog() ? '' : 'Logging to file not configured')),
    command(
      'vlog/close',
      '',
      0,
      0,
      silently(() => view.closeLog()),
    ),
    command('vlog/enable-rate-limit', '[module]...', 0, 64, (args) => setRateLimits(args, true)),
    command('vlog/disable-rate-limit', '[module]...', 0, 64, (args) => setRateLimits(args, false)),
    command('coverage/show', '', 0, 0, showCoverage),
    command('coverage/read-counter', 'COUNTER', 1, 1, ([name]) => readCounter(name)),
    command('memory/show', '', 0, 0, () => showMemory(view)),
  ];
}

/** What syslog(3) puts before a line. */
const SYSLOG_PREFIX = '<%B> %D{%h %e %T} %E %A:';

function listPatterns(): string {
  const head = '         prefix                            format\n         ------                            ------\n';
  const row = (facility: Facility): string => {
    const prefix = facility === 'syslog' ? SYSLOG_PREFIX : 'none';
    return `${facility.toUpperCase().padEnd(7)}  ${prefix.padEnd(32)}  ${log.patterns[facility]}\n`;
  };
  return head + FACILITIES.map(row).join('');
}

/** Each argument is a spec; without arguments everything goes to dbg. */
function setLevels(args: readonly string[]): string {
  for (const spec of args.length === 0 ? ['dbg'] : args) setLevel(spec);
  return '';
}

function setRateLimits(modules: readonly string[], honour: boolean): string {
  for (const module of modules.length === 0 ? [null] : modules) {
    if (module !== null && !log.hasModule(module)) throw new UnixctlError(`unknown module ${module}`);
    log.setRateLimits(module, honour);
  }
  return '';
}

function listLevels(): string {
  const row = (module: string) => {
    const [console, syslog, file] = (['console', 'syslog', 'file'] as const).map((f) =>
      log.level(module, f).toUpperCase(),
    );
    return `${module.padEnd(16)}  ${console.padStart(4)}       ${syslog.padStart(4)}       ${file.padStart(4)}\n`;
  };
  const head = '                 console    syslog    file\n                 -------    ------    ------\n';
  return head + log.modules().map(row).join('');
}

function showCoverage(): string {
  const readings = snapshot();
  const hit = readings.filter((reading) => reading.total > 0);
  const rows = hit.map(
    (r) =>
      `${r.name.padEnd(24)} ${r.perSecond.toFixed(1).padStart(5)}/sec ${r.perMinute.toFixed(3).padStart(9)}/sec ` +
      `${r.perHour.toFixed(4).padStart(13)}/sec   total: ${r.total}\n`,
  );
  const head = 'Event coverage, avg rate over last: 5 seconds, last minute, last hour:\n';
  return `${head}${rows.join('')}${readings.length - hit.length} events never hit\n`;
}

function readCounter(name: string): string {
  const total = read(name);
  if (total === null) throw new UnixctlError('No such counter');
  return `${total}\n`;
}

function showMemory(view: SwitchView): string {
  const backers = view.backers();
  const sum = (of: (backer: (typeof backers)[number]) => number) =>
    backers.reduce((total, backer) => total + of(backer), 0);
  let ports = 0;
  let rules = 0;
  for (const backer of backers) {
    for (const bridge of backer) {
      ports += bridge.ports().length;
      rules += bridge.ofproto.ruleCount;
    }
  }
  const connections = sum((backer) => backer.dpif.conntrack.figures().count);
  const keys = sum((backer) => backer.dpif.flowCount);
  return `ct-connections:${connections} ports:${ports} rules:${rules} rss-kB:${Math.round(process.memoryUsage.rss() / 1024)} udpif keys:${keys}\n`;
}
