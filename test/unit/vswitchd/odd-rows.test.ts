/** Whatever stands in the database: a configuration that the switch takes, and a sentence for all that it does not have. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Replica } from '../../../src/ovsdb/replica.js';
import { checkConfig } from '../../../src/switch/config.js';
import { wantedConfig } from '../../../src/vswitchd/wanted.js';

/** Few, so that they meet: the same name twice, ports that nobody has, bridges named as ports. */
const uuid = fc.constantFrom('a', 'b', 'c', 'd');
const name = fc.oneof(
  fc.constantFrom('br0', 'p1', 'p2', 'constructor', '__proto__', ''),
  fc.string({ unit: 'binary' }),
);
const number = fc.oneof(fc.constantFrom(-1, 0, 1, 65279, 65280, 2 ** 53), fc.integer());
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<unknown> => fc.oneof(value, fc.constant(['set', []]));
const refs = fc.array(uuid, { maxLength: 4 }).map((ids) => ['set', ids.map((id) => ['uuid', id])]);
const words = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom('datapath-id', 'mtu', 'file', 'peer'), name), name), { maxLength: 3 })
  .map((pairs) => ['map', [...new Map(pairs)]]);
const refsBy = (key: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.array(fc.tuple(key, uuid), { maxLength: 3 }).map((pairs) => ['map', pairs.map(([k, id]) => [k, ['uuid', id]])]);
const type = fc.oneof(fc.constantFrom('', 'system', 'internal', 'tap', 'dummy', 'pcap', 'patch', 'netdev'), name);

const TABLES: Record<string, Record<string, fc.Arbitrary<unknown>>> = {
  Open_vSwitch: { bridges: refs, datapaths: refsBy(fc.constantFrom('netdev', 'system', 'x')), next_cfg: number },
  Bridge: { name, datapath_type: type, ports: refs, controller: refs, fail_mode: maybe(name), other_config: words },
  Port: { name, interfaces: refs },
  Interface: {
    name,
    type,
    options: words,
    mac: maybe(name),
    mtu_request: maybe(number),
    ofport_request: maybe(number),
    ofport: maybe(number),
  },
  Controller: { target: fc.oneof(fc.constantFrom('tcp:127.0.0.1', 'ptcp:', 'ssl:h:1', 'p', 'punix:/x'), name) },
  Datapath: { ct_zones: refsBy(fc.integer({ min: 0, max: 65535 })), ct_zone_default_limit: maybe(number) },
  CT_Zone: { timeout_policy: maybe(uuid.map((id) => ['uuid', id])), limit: maybe(number) },
  CT_Timeout_Policy: { timeouts: fc.constant(['map', [['udp_first', 4_294_967_295]]]) },
};

const database = fc.record(
  Object.fromEntries(
    Object.entries(TABLES).map(([table, columns]) => [
      table,
      fc.dictionary(
        uuid,
        fc.record(columns).map((insert) => ({ insert })),
        { maxKeys: 4 },
      ),
    ]),
  ),
);

test('any rows: a configuration that passes, the same each time, with a reason for each interface that is not in it', () => {
  fc.assert(
    fc.property(database, fc.boolean(), (tables, hasDummy) => {
      const replica = new Replica();
      replica.apply(tables, 2);
      const wanted = wantedConfig(replica, { hasDummy });
      if (wanted === null) return;
      checkConfig(wanted.config);
      expect(wantedConfig(replica, { hasDummy })).toEqual(wanted);
      for (const reason of [...wanted.refused.values(), ...wanted.notes]) expect(reason).not.toBe('');
    }),
    { numRuns: 1_000 },
  );
});
