import { loadAddon } from '../addon/load-addon.js';
import { alignedFloats } from './kernel-memory.js';

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
