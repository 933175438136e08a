/**
 * Makes the vectors of packets anew with the real Open vSwitch: test/vectors/extract.txt, seeded frames and what its parser
 * (`ovs-ofctl parse-pcap`) finds in them; test/vectors/compose.txt, flows and the packets it makes of them (`compose-packet`).
 * The files are in the repository, so only who changes the frames or flows needs this.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRng } from '../datapath/base/rng.js';
import { HostileFrames } from '../test/helpers/hostile-frames.js';

const COUNT = 600;
const SEED = 7;
const PCAP_MAGIC = 0xa1b2c3d4;
const LINK_ETHERNET = 1;
const MAX_SIZE = 400;

function framesOf(count: number): Uint8Array[] {
  const source = new HostileFrames(new SeededRng(SEED));
  const frames: Uint8Array[] = [];
  while (frames.length < count) {
    const frame = source.next();
    // Shorter ones have nothing to compare, longer ones only make the file long.
    if (frame.length >= 14 && frame.length <= MAX_SIZE) frames.push(frame);
  }
  return frames;
}

function pcapOf(frames: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(PCAP_MAGIC, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65535, 16);
  head.writeUInt32LE(LINK_ETHERNET, 20);
  const records = frames.flatMap((frame) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, Buffer.from(frame)];
  });
  return Buffer.concat([head, ...records]);
}

/**
 * What is left open is zero. OVS composes no ARP but requests and replies, no RARP, no IPv6 fragments, no NSH; and SCTP without a checksum.
 */
const FLOWS = [
  'dl_type=0x1234',
  'dl_type=0x05ff',
  'dl_vlan=5,dl_vlan_pcp=3,dl_type=0x1234',
  'dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_sha=02:00:00:00:00:01',
  'arp,arp_op=2,arp_spa=10.0.0.2,arp_tpa=10.0.0.1,arp_sha=02:00:00:00:00:02,arp_tha=02:00:00:00:00:01',
  'ip,nw_proto=99,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=184,nw_ecn=1,nw_ttl=64',
  'tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tcp_src=1024,tcp_dst=80,tcp_flags=syn,nw_ttl=64',
  'tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tcp_src=1024,tcp_dst=80,tcp_flags=ack,nw_ttl=64',
  'tcp,dl_vlan=100,nw_src=10.0.0.1,nw_dst=10.0.0.2,tcp_src=1024,tcp_dst=80,tcp_flags=psh|ack|ns,nw_ttl=1',
  'udp,nw_src=192.168.0.1,nw_dst=192.168.0.255,udp_src=53,udp_dst=65535,nw_ttl=255',
  'udp,nw_frag=first,nw_src=10.0.0.1,nw_dst=10.0.0.2,udp_src=5,udp_dst=6',
  'udp,nw_frag=later,nw_src=10.0.0.1,nw_dst=10.0.0.2',
  'icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,icmp_type=8,nw_ttl=64',
  'icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,icmp_type=0,nw_ttl=64',
  'icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,icmp_type=3,icmp_code=4',
  'tcp6,ipv6_src=2001:db8::1,ipv6_dst=2001:db8::2,ipv6_label=0x12345,nw_tos=32,tcp_src=1024,tcp_dst=80,tcp_flags=ack,nw_ttl=64',
  'udp6,ipv6_src=2001:db8::1,ipv6_dst=2001:db8::2,udp_src=1024,udp_dst=80,nw_ttl=64',
  'ipv6,nw_proto=59,ipv6_src=2001:db8::1,ipv6_dst=2001:db8::2',
  'icmp6,icmpv6_type=128,ipv6_src=fe80::1,ipv6_dst=fe80::2,nw_ttl=64',
  'icmp6,icmpv6_type=1,icmpv6_code=4,ipv6_src=fe80::1,ipv6_dst=fe80::2',
  'icmp6,icmpv6_type=135,ipv6_src=fe80::2,ipv6_dst=ff02::1:ff00:1,nw_ttl=255,nd_target=fe80::1,nd_options_type=1,nd_sll=02:00:00:00:00:01',
  'icmp6,icmpv6_type=136,ipv6_src=fe80::1,ipv6_dst=fe80::2,nw_ttl=255,nd_target=fe80::1,nd_options_type=2,nd_tll=02:00:00:00:00:02',
  'mpls,mpls_label=5,mpls_tc=3,mpls_ttl=64,mpls_bos=1',
];

const run = (...args: string[]): string => execFileSync('ovs-ofctl', args, { encoding: 'utf8', stdio: 'pipe' }).trim();

/** The bytes of a hex dump whose lines are an offset, 16 bytes, and perhaps their characters. */
function composed(flow: string): string {
  const dump = run('compose-packet', flow).split('\n');
  return dump.map((line) => line.slice(10, 57).replaceAll(/[ -]/g, '')).join('');
}

function write(path: string, what: string, rows: readonly string[]): void {
  const version = run('--version').split('\n')[0];
  writeFileSync(path, `${[`# ${what} ${version}; made by scripts/vectors-packets.ts`, ...rows].join('\n')}\n`);
  console.log(`${path}: ${rows.length} rows`);
}

const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
try {
  const frames = framesOf(COUNT);
  const pcap = join(folder, 'frames.pcap');
  writeFileSync(pcap, pcapOf(frames));
  const flows = run('parse-pcap', pcap).split('\n');
  const rows = frames.map(
    (frame, i) => `${Buffer.from(frame).toString('hex')} ${flows[i].replace('in_port=ANY,', '')}`,
  );
  write('test/vectors/extract.txt', 'Frames and the flows found in them by', rows);
} finally {
  rmSync(folder, { recursive: true });
}
write(
  'test/vectors/compose.txt',
  'Flows and the packets made of them by',
  FLOWS.map((flow) => `${composed(flow)} ${flow}`),
);
