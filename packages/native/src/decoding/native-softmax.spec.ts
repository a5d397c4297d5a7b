import { softmax } from '@ramble/core/sampling';
import { toBeAllClose } from '@ramble/node/matchers';

import { onCpu } from '../../test/on-cpu.js';
import { loadAddon } from '../addon/load-addon.js';
import { nativeEngine, nativeSoftmax } from '../engine.js';

expect.extend({ toBeAllClose });

const SIZES = [1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 50257];

/** Returns numbers from -30 to 30 in no order. */
const logitsOf = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => 30 * Math.sin(i * i + 1));

describe('softmax of a vocabulary, native', () => {
  const addon = loadAddon({});
  beforeEach(() => nativeEngine.load());
  afterAll(() => addon.useInstructionSet(addon.instructionSets()[0]));

  describe.each(addon.instructionSets())('with %s', (name) => {
    beforeEach(() => addon.useInstructionSet(name));

    it.each(SIZES)('equals the softmax in JavaScript, for %i logits', async (count) => {
      const wide = logitsOf(count);
      for (const logits of [wide, Float32Array.from(wide)]) {
        const probabilities = new Float64Array(count);
        const logSum = nativeSoftmax(addon)(logits, probabilities);
        const expected = await onCpu(() => softmax(logits));
        expect(probabilities).toBeAllClose(expected, { rtol: 1e-13, atol: 0 });
        expect(logSum).toBeCloseTo(logits[0] - Math.log(expected[0]), 12);
        expect(nativeSoftmax(addon)(logits, null)).toBe(logSum);
      }
    });

    it('gives removed logits probability 0, and logits far below the others almost 0', () => {
      const logits = Float32Array.from([-Infinity, 1, -1000, 1, -Infinity]);
      const probabilities = new Float64Array(5);
      expect(nativeSoftmax(addon)(logits, probabilities)).toBeCloseTo(1 + Math.LN2, 14);
      expect(Array.from(probabilities)).toEqual([0, 0.5, 0, 0.5, 0]);
    });

    it.each([
      ['a NaN', [1, NaN, 2]],
      ['nothing left', [-Infinity, -Infinity, -Infinity]],
    ])('is NaN throughout with %s', (_, numbers) => {
      const probabilities = new Float64Array(3);
      nativeSoftmax(addon)(Float64Array.from(numbers), probabilities);
      expect(Array.from(probabilities)).toEqual([NaN, NaN, NaN]);
    });
  });

  it('refuses an output array of another size', () => {
    expect(() => nativeSoftmax(addon)(logitsOf(3), new Float64Array(2))).toThrow(
      new RangeError('probabilities: expected 3 numbers, got 2'),
    );
  });
});
