/**
 * What a laboratory consists of, as plain data: hosts in network namespaces, each with a cable to a switch, and the switch that is meant.
 */

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
  /** Ways beyond the host's own networks. */
  routes?: readonly Route[];
  /** True for a router: it forwards what is not for itself. */
  forwards?: boolean;
}

export interface Neighbour {
  address: string;
  mac: string;
}

export interface Route {
  /** A network, or `default` for all of the gateway's family. */
  to: string;
  via: string;
}

/** A bridge of the switch in the middle. */
export interface LabBridge {
  name: string;
  /** In the order of their OpenFlow numbers. */
  ports: readonly string[];
  /** Of `flows/NAME.flows`; null for a learning switch. */
  program: string | null;
  /** True if there is a `flows/NAME.groups` to load first. */
  hasGroups?: boolean;
}

export interface Topology {
  hosts: readonly LabHost[];
  /** Cables between two bridges. */
  links: readonly (readonly [port: string, port: string])[];
  bridges: readonly LabBridge[];
}

const LEFT = { address: '192.168.0.2', mac: '02:00:00:00:00:01' };
const RIGHT = { address: '10.0.0.2', mac: '02:00:00:00:00:02' };

/** That of the connection-tracking tutorial: `left` is 192.168.0.2, `right` is 10.0.0.2, both played by the segment generator. */
export const conntrackTutorial: Topology = {
  hosts: [
    { name: 'left', port: 'veth_l0', inner: 'veth_l1', mac: LEFT.mac, addresses: [], neighbours: [RIGHT] },
    { name: 'right', port: 'veth_r0', inner: 'veth_r1', mac: RIGHT.mac, addresses: [], neighbours: [LEFT] },
  ],
  links: [],
  bridges: [{ name: 'br0', ports: ['veth_l0', 'veth_r0'], program: 'conntrack-tutorial' }],
};

/** Two hosts of one network whose kernels take part: for ping, curl, iperf3. */
export const twoHosts: Topology = {
  hosts: [
    { name: 'left', port: 'veth_l0', inner: 'veth_l1', mac: LEFT.mac, addresses: ['10.0.0.1/24'], neighbours: [] },
    { name: 'right', port: 'veth_r0', inner: 'veth_r1', mac: RIGHT.mac, addresses: ['10.0.0.2/24'], neighbours: [] },
  ],
  links: [],
  bridges: [{ name: 'br0', ports: ['veth_l0', 'veth_r0'], program: null }],
};
