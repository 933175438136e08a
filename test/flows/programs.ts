/** All programs of flows/ that are played as tables. */
import type { Program } from '../helpers/flow-program.js';
import { arpResponder, hub, l2Learning, statelessAcl, vlanTrunk } from './basics.js';
import { ftpTftpNat } from './ftp-tftp-nat.js';
import { kubernetesService } from './kubernetes-service.js';
import { loadBalancer } from './load-balancer.js';
import { natGateway } from './nat-gateway.js';
import { overlappingNetworks } from './overlapping-networks.js';
import { portForwarding } from './port-forwarding.js';
import { securityGroup } from './security-group.js';
import { statefulFirewall } from './stateful-firewall.js';
import { twoTenants } from './two-tenants.js';

export const PROGRAMS: readonly Program[] = [
  hub,
  l2Learning,
  statelessAcl,
  vlanTrunk,
  arpResponder,
  statefulFirewall,
  natGateway,
  portForwarding,
  twoTenants,
  overlappingNetworks,
  kubernetesService,
  loadBalancer,
  securityGroup,
  ftpTftpNat,
];
