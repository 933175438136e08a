/** What the page of actions says of each: how it is written, an example of which the wire form is read off, what it does. */

/** No example: the action stands only inside another one. */
type ActionNote = readonly [syntax: string, example: string | null, meaning: string];

// biome-ignore format: a table, one row a line
export const ACTION_NOTES: Readonly<Record<string, ActionNote>> = {
  output: ['output:PORT, output:SRC, output(port=PORT,max_len=N)', 'output:1', 'sends the packet out; with max_len its first N bytes'],
  controller: ['controller(max_len=N,reason=R,id=ID,userdata=HEX,pause,meter_id=N)', 'controller(id=5)', 'sends the packet to the controllers; a plain `controller` is an output'],
  in_port: ['in_port', 'in_port', 'sends the packet back where it came from'],
  enqueue: ['enqueue:PORT:QUEUE', 'enqueue:1:2', 'sends the packet out by a queue of the port'],
  group: ['group:GROUP', 'group:1', 'runs a group'],
  resubmit: ['resubmit(PORT,TABLE,ct)', 'resubmit(,1)', 'looks the packet up again, as if from PORT, in TABLE; with ct by its original tuple'],
  set_field: ['set_field:VALUE[/MASK]->FIELD', 'set_field:1->reg0', 'writes a field'],
  load: ['load:VALUE->DST', 'load:1->NXM_NX_REG0[]', 'writes a part of a field'],
  move: ['move:SRC->DST', 'move:NXM_NX_REG0[]->NXM_NX_REG1[]', 'copies a part of a field into another of the same size'],
  push: ['push:SRC', 'push:NXM_NX_REG0[]', 'puts a part of a field on the stack'],
  pop: ['pop:DST', 'pop:NXM_NX_REG0[]', 'takes it off the stack again'],
  mod_vlan_vid: ['mod_vlan_vid:VID', 'mod_vlan_vid:1', 'sets the VLAN, with a new tag if there is none'],
  set_vlan_vid: ['set_vlan_vid:VID', 'set_vlan_vid:1', 'sets the VLAN of a tagged packet'],
  mod_vlan_pcp: ['mod_vlan_pcp:PCP', 'mod_vlan_pcp:1', 'sets the priority, with a new tag if there is none'],
  set_vlan_pcp: ['set_vlan_pcp:PCP', 'set_vlan_pcp:1', 'sets the priority of a tagged packet'],
  strip_vlan: ['strip_vlan', 'strip_vlan', 'takes the outer tag off'],
  pop_vlan: ['pop_vlan', 'pop_vlan', 'the same'],
  push_vlan: ['push_vlan:ETHERTYPE', 'push_vlan:0x8100', 'puts a tag before the others'],
  push_mpls: ['push_mpls:ETHERTYPE', 'push_mpls:0x8847', 'puts a label before the others: a copy of the outermost, or one made from TOS and TTL; three at most'],
  pop_mpls: ['pop_mpls:ETHERTYPE', 'pop_mpls:0x0800', 'takes the outermost label off; the packet is of that type then'],
  set_mpls_label: ['set_mpls_label:LABEL', 'set_mpls_label:1', 'sets the outermost label; from 1.2 on sent as 25'],
  set_mpls_tc: ['set_mpls_tc:TC', 'set_mpls_tc:1', 'sets its traffic class; from 1.2 on sent as 25'],
  set_mpls_ttl: ['set_mpls_ttl:TTL', 'set_mpls_ttl:64', 'sets its TTL'],
  dec_mpls_ttl: ['dec_mpls_ttl', 'dec_mpls_ttl', 'counts its TTL down; a packet at its end goes to the controllers, and no further'],
  mod_dl_src: ['mod_dl_src:MAC', 'mod_dl_src:00:00:00:00:00:01', 'sets the Ethernet source'],
  mod_dl_dst: ['mod_dl_dst:MAC', 'mod_dl_dst:00:00:00:00:00:01', 'sets the Ethernet destination'],
  mod_nw_src: ['mod_nw_src:IP', 'mod_nw_src:10.0.0.1', 'sets the IPv4 source'],
  mod_nw_dst: ['mod_nw_dst:IP', 'mod_nw_dst:10.0.0.1', 'sets the IPv4 destination'],
  mod_nw_tos: ['mod_nw_tos:TOS', 'mod_nw_tos:4', 'sets the DSCP, given as the byte it stands in'],
  mod_nw_ecn: ['mod_nw_ecn:ECN', 'mod_nw_ecn:1', 'sets the ECN bits'],
  mod_nw_ttl: ['mod_nw_ttl:TTL', 'mod_nw_ttl:64', 'sets the TTL or hop limit'],
  mod_tp_src: ['mod_tp_src:PORT', 'mod_tp_src:80', 'sets the source port of TCP, UDP or SCTP; from 1.2 on sent as 25 for the protocol that the flow matches'],
  mod_tp_dst: ['mod_tp_dst:PORT', 'mod_tp_dst:80', 'sets the destination port, likewise'],
  set_tunnel: ['set_tunnel:ID', 'set_tunnel:1', 'sets tun_id'],
  set_tunnel64: ['set_tunnel64:ID', 'set_tunnel64:1', 'sets tun_id, always sent with 64 bits'],
  set_queue: ['set_queue:QUEUE', 'set_queue:1', 'has what is sent from here on use a queue'],
  pop_queue: ['pop_queue', 'pop_queue', 'back to the queue that the packet had'],
  dec_ttl: ['dec_ttl, dec_ttl(ID,...)', 'dec_ttl', 'counts the TTL down; a packet at its end goes to the controllers named, and no further'],
  exit: ['exit', 'exit', 'ends the lookup: no action behind it is done'],
  note: ['note:HEX', 'note:01', 'does nothing; for whoever reads the flow'],
  ct: ['ct(commit,force,table=N,zone=Z,exec(...),nat(...),alg=NAME)', 'ct(commit)', 'hands the packet to the tracker, and looks it up again in table N'],
  nat: ['nat, nat(src=IP-IP:PORT-PORT,random), nat(dst=...)', null, 'inside ct, sent as NX 36: translates addresses, for a new connection as said, else as it was begun'],
  ct_clear: ['ct_clear', 'ct_clear', 'makes the packet untracked again'],
  conjunction: ['conjunction(ID,K/N)', 'conjunction(1,1/2)', 'dimension K of N of a conjunctive match'],
  learn: ['learn(ARGUMENT,...)', 'learn(table=1)', 'adds or changes a flow made from the packet'],
};

// biome-ignore format: a table, one row a line
export const INSTRUCTION_NOTES: Readonly<Record<string, readonly [syntax: string, meaning: string]>> = {
  meter: ['meter:METER', 'measures by a meter'],
  clear_actions: ['clear_actions', 'empties the action set'],
  write_actions: ['write_actions(ACTION,...)', 'adds to the action set, which is done when no table follows'],
  write_metadata: ['write_metadata:VALUE[/MASK]', 'writes the field `metadata`'],
  goto_table: ['goto_table:TABLE', 'goes on in a later table'],
};
