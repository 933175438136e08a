/** Why a packet goes to controllers: the numbers of packet-ins and of the action `controller`. */

/** OFPR_* (OpenFlow 1.5, 7.4.1). Those from actionSet on came with 1.4; earlier versions are told `action` instead. */
export const PACKET_IN = { noMatch: 0, action: 1, invalidTtl: 2, actionSet: 3, group: 4, packetOut: 5 } as const;

/** As ovs-ofctl writes them, by number. */
export const PACKET_IN_NAMES = ['no_match', 'action', 'invalid_ttl', 'action_set', 'group', 'packet_out'] as const;
