import { loadAddon } from '../addon/load-addon.js';
import { alignedFloats, LINE } from './kernel-memory.js';
import { BufferPool } from './native-backend.js';

it('makes zeros that begin at a cache line, of any length', () => {
  const addon = loadAddon({});
  const makeFloats = alignedFloats(addon);
  for (const length of [0, 1, 17, 1000, 100_000]) {
    const array = makeFloats(length);
    expect(array).toEqual(new Float32Array(length));
    expect(array.byteOffset % 4).toBe(0);
    expect(addon.bytesToLine(array.buffer as ArrayBuffer)).toBe(array.byteOffset);
  }
});

const makeFloats = (length: number): Float32Array =>
  new Float32Array(new ArrayBuffer(4 * length + LINE), 12, length);

/** Returns the buffer of an array that is returned to the pool at once. */
function used(pool: BufferPool, length: number): ArrayBufferLike {
  const array = pool.take(length);
  expect(array).toHaveLength(length);
  pool.give(array);
  return array.buffer;
}

describe('BufferPool', () => {
  it('reuses a buffer, also for shorter arrays', () => {
    const pool = new BufferPool(makeFloats);
    const buffer = used(pool, 100);
    expect(used(pool, 100)).toBe(buffer);
    expect(used(pool, 77)).toBe(buffer);
    expect(used(pool, 50)).toBe(buffer);
  });

  it('reuses no buffer for longer arrays, or for arrays shorter than half of it', () => {
    const pool = new BufferPool(makeFloats);
    const buffer = used(pool, 100);
    expect(used(pool, 101)).not.toBe(buffer);
    expect(used(pool, 49)).not.toBe(buffer);
  });

  it('uses the smallest buffer that is large enough', () => {
    const pool = new BufferPool(makeFloats);
    const arrays = [160, 120, 140, 130].map((length) => pool.take(length));
    for (const array of arrays) pool.give(array);
    const taken = [121, 121, 121].map((length) => (pool.take(length).buffer.byteLength - LINE) / 4);
    expect(taken).toEqual([130, 140, 160]);
  });

  it('never returns an array twice before its release', () => {
    const pool = new BufferPool(makeFloats);
    pool.give(pool.take(100));
    expect(pool.take(100).buffer).not.toBe(pool.take(100).buffer);
  });

  it('makes few new buffers for batches of many lengths', () => {
    const pool = new BufferPool(makeFloats);
    const buffers = new Set<ArrayBufferLike>();
    for (let step = 0; step < 200; step++) {
      const rows = 640 + 64 * ((step * 7) % 20);
      const arrays = [1, 3, 4, 1, 2].map((width) => pool.take(rows * width));
      for (const array of arrays) {
        buffers.add(array.buffer);
        pool.give(array);
      }
    }
    expect(buffers.size).toBeLessThan(20); // for a hundred shapes
  });
});
