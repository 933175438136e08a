/** Modules of the log have the names of Open vSwitch's for the same matters: tools grep for them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Commands } from '../../helpers/commands.js';
import { VirtualSwitch } from '../../helpers/virtual-switch.js';

/** Those of ovs-vswitchd 3.1 (`ovs-appctl vlog/list`) that speak of what is here. */
const KNOWN = new Set(
  (
    'backtrace bond bridge bundle connmgr conntrack coverage daemon daemon_unix dpif dpif_netdev fail_open fatal_signal flow ipf jsonrpc ' +
    'lacp memory netdev netdev_dummy netdev_linux netdev_vport netflow netlink odp_execute odp_util ofp_actions ofp_msgs ofproto ofproto_dpif ' +
    'ofproto_dpif_mirror ofproto_dpif_monitor ofproto_dpif_rid ofproto_dpif_upcall ofproto_dpif_xlate ovs_router ovsdb_cs ovsdb_idl pcap ' +
    'poll_loop process rconn reconnect rstp sflow socket_util stp stream stream_fd stream_ssl stream_tcp stream_unix timeval tunnel ' +
    'unixctl vconn vlog vswitchd'
  ).split(' '),
);

const ROOT = join(import.meta.dirname, '../../..');

function* sources(folder: string): Generator<string> {
  for (const { name, parentPath } of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    if (name.endsWith('.ts')) yield join(parentPath, name);
}

/** `const log = logger('module')`, with the files that say so. */
function modules(): Map<string, string> {
  const found = new Map<string, string>();
  for (const folder of ['src', 'datapath'])
    for (const file of sources(folder))
      for (const [, module] of readFileSync(file, 'utf8').matchAll(/= logger\('([^']+)'\)/g)) found.set(module!, file);
  return found;
}

test('each module is one of Open vSwitch', () => {
  const found = modules();
  expect([...found].filter(([module]) => !KNOWN.has(module))).toEqual([]);
  for (const module of ['bridge', 'connmgr', 'dpif', 'ofproto_dpif_upcall', 'ofproto_dpif_xlate', 'rconn', 'vconn'])
    expect(found.has(module), module).toBe(true);
});

test('the level of flow set-up can be set by its name', async () => {
  const commands = new Commands(new VirtualSwitch(1));
  const levels = async (): Promise<string> => /ofproto_dpif_upcall.*/.exec(await commands.run('vlog/list'))?.[0] ?? '';
  const before = await levels();
  await commands.run('vlog/set', 'ofproto_dpif_upcall:file:dbg');
  expect(await levels()).toMatch(/ DBG$/);
  await commands.run('vlog/set', `ofproto_dpif_upcall:file:${before.split(/\s+/).at(-1)!.toLowerCase()}`);
  expect(await levels()).toBe(before);
});
