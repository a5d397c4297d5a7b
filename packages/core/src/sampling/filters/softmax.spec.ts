import { entropyOf, logitEntropy, softmax } from './softmax.js';

describe('logitEntropy', () => {
  it.each([[[0, 0, 0, 0]], [[3, -2, 0.5]], [[1000, 999, -1000]], [[7]], [[2, -Infinity, 1]]])(
    'is the entropy of the softmax: %j',
    (logits) => {
      for (const given of [logits, Float32Array.from(logits), Float64Array.from(logits)]) {
        expect(logitEntropy(given)).toBeCloseTo(entropyOf(softmax(given)), 12);
      }
    },
  );

  it('is 8 bits for 256 equal logits', () => {
    expect(logitEntropy(new Float32Array(256)) / Math.LN2).toBeCloseTo(8, 12);
  });

  it('is NaN if a logit is NaN', () => {
    expect(logitEntropy([1, NaN])).toBeNaN();
  });
});
