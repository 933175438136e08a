/** FTP and TFTP between real clients and servers: data connections pass because a helper expects them, NATed or not. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Daemon } from '../helpers/daemon.js';
import { FileServers, FTP_MODES, type FtpMode } from '../helpers/file-servers.js';
import { type Host, Namespaces } from '../helpers/namespaces.js';
import { KINDS, ProgramLab } from '../helpers/program-lab.js';

interface Family {
  name: string;
  /** As flows call it. */
  ip: 'ip' | 'ipv6';
  client: string;
  server: string;
  /** What the client is translated to, and what the server is reached by: longer than what they stand for. */
  publicClient: string;
  publicServer: string;
  modes: readonly FtpMode[];
}

const FAMILIES: readonly Family[] = [
  {
    name: 'IPv4',
    ip: 'ip',
    client: '10.1.1.1',
    server: '10.1.1.2',
    publicClient: '10.1.1.199',
    publicServer: '10.1.1.198',
    modes: ['PASV', 'EPSV', 'PORT', 'EPRT'],
  },
  {
    name: 'IPv6',
    ip: 'ipv6',
    client: 'fd00::1',
    server: 'fd00::2',
    publicClient: 'fd00::1234:5678:199',
    publicServer: 'fd00::1234:5678:198',
    modes: ['EPSV', 'EPRT'],
  },
];

const NATS = ['no NAT', 'SNAT', 'DNAT'] as const;
type NatKind = (typeof NATS)[number];

const BRIDGE = `b${process.pid}`;
const url = (protocol: string, address: string): string =>
  `${protocol}://${address.includes(':') ? `[${address}]` : address}/file`;

/** Only control connections may be opened, and only from the left; everything else has to be expected. */
function flows(left: Host, right: Host, family: Family, nat: NatKind, helpers = true): string {
  const { ip } = family;
  const six = ip === 'ipv6' ? '6' : '';
  const [source, destination] =
    ip === 'ipv6' ? [`[${family.publicClient}]`, `[${family.server}]`] : [family.publicClient, family.server];
  const action = { 'no NAT': '', SNAT: `,nat(src=${source})`, DNAT: `,nat(dst=${destination})` }[nat];
  const alg = (name: string): string => (helpers ? `,alg=${name}` : '');
  const commit = (helper: string): string =>
    `ct(commit,zone=5${alg(helper)}${action},exec(set_field:7->ct_mark)),${right.port}`;
  return `
table=0,priority=10,arp,actions=normal
table=0,priority=20,icmp6,icmp_type=135,actions=normal
table=0,priority=20,icmp6,icmp_type=136,actions=normal
table=0,priority=5,${ip},actions=ct(table=1,zone=5,nat)
table=0,priority=0,actions=drop
table=1,priority=90,ct_state=+trk+inv,actions=drop
table=1,priority=80,ct_state=+trk+new+rel,${ip},in_port=${left.port},actions=ct(commit,zone=5,nat),${right.port}
table=1,priority=80,ct_state=+trk+new+rel,${ip},in_port=${right.port},actions=ct(commit,zone=5,nat),${left.port}
table=1,priority=70,ct_state=+trk+new,tcp${six},in_port=${left.port},tp_dst=21,actions=${commit('ftp')}
table=1,priority=70,ct_state=+trk+new,udp${six},in_port=${left.port},tp_dst=69,actions=${commit('tftp')}
table=1,priority=60,ct_state=+trk+est,in_port=${left.port},actions=${right.port}
table=1,priority=60,ct_state=+trk+est,in_port=${right.port},actions=${left.port}
table=1,priority=0,actions=drop
`;
}

describe('on one network', () => {
  let hosts: Namespaces;
  let left: Host;
  let right: Host;
  let files: FileServers;
  let daemon: Daemon;

  /** Nobody answers for the translated addresses, so their neighbours are told. */
  function tellNeighbours(): void {
    const macOf = (host: Host): string => hosts.exec(host, ['cat', `/sys/class/net/${host.inner}/address`]).trim();
    for (const { publicClient, publicServer } of FAMILIES) {
      hosts.exec(right, ['ip', 'neigh', 'add', publicClient, 'lladdr', macOf(left), 'dev', right.inner]);
      hosts.exec(left, ['ip', 'neigh', 'add', publicServer, 'lladdr', macOf(right), 'dev', left.inner]);
    }
  }

  beforeAll(async () => {
    hosts = new Namespaces();
    left = hosts.add('10.1.1.1/24', 'fd00::1/64');
    right = hosts.add('10.1.1.2/24', 'fd00::2/64');
    tellNeighbours();
    files = new FileServers(hosts);
    await files.ftp(right);
    await files.tftp(right);
    daemon = await Daemon.start('--bridge', `${BRIDGE}=${left.port},${right.port}`, '--fail-mode', `${BRIDGE}=secure`);
  });
  afterAll(async () => {
    try {
      await daemon.stop();
    } finally {
      hosts.removeAll();
      files.remove();
    }
  });
  const load = (family: Family, nat: NatKind, helpers = true): void => {
    daemon.ofctl(['del-flows', BRIDGE]);
    daemon.appctl('dpctl/flush-conntrack');
    daemon.ofctl(['add-flows', BRIDGE, '-'], flows(left, right, family, nat, helpers));
  };
  const connections = (): string[] => daemon.appctl('dpctl/dump-conntrack').trim().split('\n').filter(Boolean);

  describe.each(FAMILIES)('$name', (family) => {
    describe.each(NATS)('%s', (nat) => {
      const server = nat === 'DNAT' ? family.publicServer : family.server;
      /** The data connection is the control connection's child: its mark, its translation. */
      function checkConnections(helper: string): void {
        const all = connections();
        const control = all.filter((line) => line.includes(`helper=${helper}`));
        expect(control).toHaveLength(1);
        expect(all).toHaveLength(2);
        for (const line of all) expect(line).toContain('mark=7');
        const seen = nat === 'SNAT' ? family.publicClient : server;
        for (const line of all) expect(line).toContain(`=${seen},`);
      }

      test.each(family.modes)('FTP, %s', (mode) => {
        load(family, nat);
        expect(files.curl(left, url('ftp', server), FTP_MODES[mode])).toBe('whole');
        checkConnections('ftp');
      });

      test.each(['passive', 'active'])('lftp, %s', (mode) => {
        load(family, nat);
        expect(files.lftp(left, server.includes(':') ? `[${server}]` : server, mode === 'passive')).toBe('whole');
      });

      test('TFTP', () => {
        load(family, nat);
        expect(files.curl(left, url('tftp', server))).toBe('whole');
        checkConnections('tftp');
      });
    });

    test('without helpers no data connection passes', () => {
      load(family, 'no NAT', false);
      const impatient = ['--max-time', '3'];
      for (const mode of [FTP_MODES.EPSV, FTP_MODES.EPRT])
        expect(files.curl(left, url('ftp', family.server), [...mode, ...impatient])).not.toBe('whole');
      expect(files.curl(left, url('tftp', family.server), impatient)).not.toBe('whole');
    });
  });
});

describe.each(KINDS)('flows/ftp-tftp-nat.flows on %s', (kind) => {
  let lab: ProgramLab;
  let files: FileServers;
  beforeEach(async () => {
    lab = await ProgramLab.start(kind, 'ftp-tftp-nat');
    files = new FileServers(lab.hosts);
  });
  afterEach(async () => {
    files.remove();
    await lab.stop();
  });

  test.each([
    ['of a server outside', 'inside', 'outside', '203.0.113.2'],
    ['of the server inside', 'outside', 'inside', '203.0.113.1'],
    ['of a server outside, IPv6', 'inside', 'outside', '2001:db8::2'],
    ['of the server inside, IPv6', 'outside', 'inside', '2001:db8::1'],
  ])('files %s', async (_, client, server, address) => {
    await files.ftp(lab.host(server));
    await files.tftp(lab.host(server));
    const isSix = address.includes(':');
    // Over IPv4, Open vSwitch does not understand the extended commands.
    const short: readonly FtpMode[] = isSix ? [] : ['PASV', 'PORT'];
    const extended: readonly FtpMode[] = isSix || kind === 'ctswitch' ? ['EPSV', 'EPRT'] : [];
    const fetch = (protocol: string, options: readonly string[] = []): string =>
      files.curl(lab.host(client), url(protocol, address), options);
    for (const mode of [...short, ...extended]) expect(fetch('ftp', FTP_MODES[mode]), mode).toBe('whole');
    expect(fetch('tftp')).toBe('whole');
    await lab.serve(server, 80, 'web');
    const web = `${isSix ? `[${address}]` : address}/`;
    if (client === 'inside') expect(lab.fetch(client, web)).toBe(`web ${isSix ? '2001:db8::1' : '203.0.113.1'}`);
    else expect(lab.isBlocked(client, web)).toBe(true);
  });
});
