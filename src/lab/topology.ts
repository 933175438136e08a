/** What a laboratory consists of, as plain data: hosts in network namespaces, each with a cable to the switch. */

export interface LabHost {
  /** Name of the host's network namespace. */
  name: string;
  /** The switch's end of the cable. */
  port: string;
  /** The host's end of the cable, inside its namespace. */
  inner: string;
  mac: string;
  /**
   * Addresses with prefix length that the host's kernel has. None, if the host's packets are made by the segment generator:
   * a kernel that had the address would answer segments of connections it does not know with a reset.
   */
  addresses: readonly string[];
  /** Who is at the other end of the switch, so that nobody has to ask for addresses. */
  neighbours: readonly Neighbour[];
}

export interface Neighbour {
  address: string;
  mac: string;
}

export interface Topology {
  hosts: readonly LabHost[];
}

const LEFT = { address: '192.168.0.2', mac: '02:00:00:00:00:01' };
const RIGHT = { address: '10.0.0.2', mac: '02:00:00:00:00:02' };

/** That of the connection-tracking tutorial: `left` is 192.168.0.2, `right` is 10.0.0.2, both played by the segment generator. */
export const conntrackTutorial: Topology = {
  hosts: [
    { name: 'left', port: 'veth_l0', inner: 'veth_l1', mac: LEFT.mac, addresses: [], neighbours: [RIGHT] },
    { name: 'right', port: 'veth_r0', inner: 'veth_r1', mac: RIGHT.mac, addresses: [], neighbours: [LEFT] },
  ],
};

/** Two hosts of one network whose kernels take part: for ping, curl, iperf3. */
export const twoHosts: Topology = {
  hosts: [
    { name: 'left', port: 'veth_l0', inner: 'veth_l1', mac: LEFT.mac, addresses: ['10.0.0.1/24'], neighbours: [] },
    { name: 'right', port: 'veth_r0', inner: 'veth_r1', mac: RIGHT.mac, addresses: ['10.0.0.2/24'], neighbours: [] },
  ],
};

export const TOPOLOGIES = { 'conntrack-tutorial': conntrackTutorial, 'two-hosts': twoHosts } satisfies Record<
  string,
  Topology
>;
