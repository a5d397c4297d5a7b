import { encodeFloat16 } from '@ramble/core/weights';

import { onCpu } from '../../test/on-cpu.js';
import { loadAddon } from '../addon/load-addon.js';
import { nativeEngine } from '../engine.js';

/** Returns every 16-bit float, the midpoints between them, and the 32-bit floats next to each. */
function interesting(): Float32Array {
  const bits = new Uint32Array(2 * 3 * (0x477fe000 >>> 12));
  let count = 0;
  for (const sign of [0, 0x80000000]) {
    for (let middle = 0; middle < 0x477fe000; middle += 0x1000) {
      for (const offset of [-1, 0, 1]) bits[count++] = (sign | Math.max(middle + offset, 0)) >>> 0;
    }
  }
  return new Float32Array(bits.buffer);
}

const encoded = (values: Float32Array): Uint16Array => {
  const bits = new Uint16Array(values.length);
  encodeFloat16(values, bits);
  return bits;
};

/** Returns the index of the first difference, or -1. */
const firstOther = (got: Uint16Array, expected: Uint16Array): number =>
  got.findIndex((bits, i) => bits !== expected[i]);

describe('16-bit floats, native', () => {
  const addon = loadAddon({});
  beforeEach(() => nativeEngine.load());
  afterAll(() => addon.useInstructionSet(addon.instructionSets()[0]));

  describe.each(addon.instructionSets())('with %s', (name) => {
    beforeEach(() => addon.useInstructionSet(name));

    it('have the same bits as in JavaScript, also in the memory of the numbers', async () => {
      const values = interesting();
      const expected = await onCpu(() => encoded(values));
      expect(firstOther(encoded(values), expected)).toBe(-1);
      const halves = new Uint16Array(values.buffer, 0, values.length);
      encodeFloat16(values, halves);
      expect(firstOther(halves, expected)).toBe(-1);
    });

    it('are all rounded natively, except a rest that fills no vector', () => {
      const values = interesting();
      const y = new Uint16Array(values.length);
      const count = addon.roundToFloat16({ count: values.length, x: values, y });
      expect(values.length - count).toBeLessThan(16);
    });

    it.each([0, 1, 15, 16, 17, 255, 1000])('are rounded to the end, %i of them', async (count) => {
      const values = Float32Array.from({ length: count + 3 }, (_, i) => Math.sin(i)).subarray(3);
      const expected = await onCpu(() => encoded(values));
      expect(encoded(values)).toEqual(expected);
    });

    it.each([0, 500, 999])('may be NaN and infinite at %i', async (place) => {
      const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
      new Uint32Array(values.buffer)[place] = 0xffc12345; // a NaN with a payload
      values[(place + 40) % 1000] = -Infinity;
      const expected = await onCpu(() => encoded(values));
      expect(expected[place]).toBe(0xfe00);
      expect(encoded(values)).toEqual(expected);
    });

    it('are refused if the output array is too short', () => {
      const into = new Uint16Array(99);
      expect(() => encodeFloat16(new Float32Array(100), into)).toThrow(
        new RangeError('into: expected room for 100 numbers, got 99'),
      );
    });

    it('are refused if they would become infinite', () => {
      const values = new Float32Array(100);
      values[99] = values[70] = 65519.99;
      expect(encoded(values)[70]).toBe(0x7bff);
      values[70] = -65520;
      expect(() => encoded(values)).toThrow(
        new RangeError('expected numbers of at most 65504 for f16, got -65520'),
      );
    });
  });
});
