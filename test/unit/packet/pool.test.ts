import { describe, expect, test } from 'vitest';
import { HEADROOM, OFFLOAD_NEEDS_CSUM, Packet } from '../../../datapath/packet/packet.js';
import { MAX_PACKET_SIZE, PacketPool, type PoolMemory } from '../../../datapath/packet/pool.js';
import { bytesOf, packet } from '../../helpers/packets.js';

describe('allocate', () => {
  test('anySize_hasHeadroomAndRoomForItself', () => {
    const pool = new PacketPool();
    for (const size of [0, 1, 1500, 1920, 1921, 9000, 65_549, MAX_PACKET_SIZE]) {
      const p = pool.allocate(size)!;
      expect(p.size).toBe(size);
      expect(p.start).toBeGreaterThanOrEqual(HEADROOM);
      expect(p.start + size).toBeLessThanOrEqual(p.bytes.length);
    }
    expect(pool.live).toBe(8);
  });

  test('manyAtOnce_doNotOverlap', () => {
    const pool = new PacketPool();
    const packets = Array.from({ length: 2000 }, (_, i) => {
      const p = pool.allocate(i % 3 === 0 ? 5000 : 1900)!;
      p.bytes.fill(i & 0xff, p.start - HEADROOM, p.start + p.size);
      return p;
    });
    packets.forEach((p, i) => {
      expect(bytesOf(p).every((byte) => byte === (i & 0xff))).toBe(true);
    });
  });

  test('tooLarge_isRefusedAndCounted', () => {
    const pool = new PacketPool();
    expect(pool.allocate(MAX_PACKET_SIZE + 1)).toBeNull();
    expect([pool.refused, pool.live]).toEqual([1, 0]);
  });

  test('atTheLimit_isRefusedUntilOneIsFreed', () => {
    const pool = new PacketPool();
    pool.limit = 1024 * 1024;
    const taken: Packet[] = [];
    for (let p = pool.allocate(64); p !== null; p = pool.allocate(64)) taken.push(p);
    expect([taken.length, pool.refused]).toEqual([512, 1]);
    expect(pool.allocate(5000)).toBeNull();
    pool.free(taken[0]);
    expect(pool.allocate(64)).toBe(taken[0]);
  });

  test('memoryOfTheCaller_carriesItsAddress', () => {
    const asked: number[] = [];
    const memory = (size: number): PoolMemory => {
      asked.push(size);
      return { bytes: new Uint8Array(size), address: 0x7f00_0000_0000 };
    };
    const p = new PacketPool(memory).allocate(100)!;
    expect(p.mem).toBe(0x7f00_0000_0000);
    expect(asked).toEqual([1024 * 1024]);
  });
});

describe('free', () => {
  test('freedPacket_comesBackWithMetadataResetAndStartRestored', () => {
    const pool = new PacketPool();
    const p = pool.allocate(64)!;
    const { start } = p;
    p.start -= 8;
    p.ctState = 33;
    p.mark = 7;
    pool.free(p);
    const again = pool.allocate(10)!;
    expect(again).toBe(p);
    expect([again.start, again.ctState, again.mark, again.conn]).toEqual([start, 0, 0, -1]);
  });

  test('borrowedPacket_isLeftAlone', () => {
    const pool = new PacketPool();
    pool.free(new Packet());
    expect(pool.live).toBe(0);
  });

  test('freedTwice_isABug', () => {
    const pool = new PacketPool();
    const p = pool.allocate(64)!;
    pool.free(p);
    expect(() => pool.free(p)).toThrow('freed once');
    const other = new PacketPool().allocate(64)!;
    pool.allocate(64);
    expect(() => pool.free(other)).toThrow('its own pool');
  });

  test('growth_keepsWhatIsAllocated', () => {
    const pool = new PacketPool();
    const taken = Array.from({ length: 600 }, () => pool.allocate(64)!);
    for (const p of taken) pool.free(p);
    expect(pool.live).toBe(0);
    expect(new Set(Array.from({ length: 600 }, () => pool.allocate(64))).size).toBe(600);
  });
});

describe('clone', () => {
  for (const payloadSize of [10, 1400, 30_000]) {
    test(`packetOf${payloadSize}Bytes_isCopiedWithMetadataAndOffsets`, () => {
      const from = packet('tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tcp_src=1,tcp_dst=2,tcp_flags=ack', { payloadSize });
      from.l3 = from.start + 14;
      from.l4 = from.start + 34;
      from.offload = OFFLOAD_NEEDS_CSUM;
      from.csumStart = from.l4;
      from.csumOffset = 16;
      from.ctZone = 5;
      const pool = new PacketPool();
      const copy = pool.clone(from)!;
      expect(bytesOf(copy)).toEqual(bytesOf(from));
      expect([copy.l2_5, copy.l3 - copy.start, copy.l4 - copy.start, copy.csumStart - copy.start]).toEqual([
        -1, 14, 34, 34,
      ]);
      expect([copy.offload, copy.csumOffset, copy.ctZone, copy.inPort]).toEqual([OFFLOAD_NEEDS_CSUM, 16, 5, 1]);
      copy.bytes[copy.start] ^= 0xff;
      expect(bytesOf(copy)).not.toEqual(bytesOf(from));
    });
  }

  test('tooLarge_isNull', () => {
    const from = new Packet();
    from.bytes = new Uint8Array(MAX_PACKET_SIZE + 1);
    from.size = from.bytes.length;
    expect(new PacketPool().clone(from)).toBeNull();
  });
});
