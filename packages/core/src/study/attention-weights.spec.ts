import { activations, golden } from '@ramble/node/testing';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { attentionWeights } from './source-attention.js';

describe('attentionWeights', () => {
  it("equal Hugging Face's, by layer, head and position", () => {
    const [nLayer, H, T] = [2, 3, 7];
    const layers = attentionWeights(tinyGpt2(), { tokens: golden.inputIds[1] });
    expect(layers.map((heads) => heads.map((rows) => rows.length))).toEqual(
      new Array(nLayer).fill(new Array(H).fill(T)),
    );
    for (const [layer, heads] of layers.entries()) {
      const { values } = activations[`attention.${layer}`];
      const flat = heads.flat().flatMap((row) => [...row]);
      expect(flat).toBeAllClose(values.slice(H * T * T), { atol: 1e-5 });
    }
  });

  it('include later tokens within a prefix', () => {
    const prompt = { tokens: [3, 1, 4, 1], prefixLength: 3 };
    const [[[first, , , last]]] = attentionWeights(tinyGpt2('prefix'), prompt);
    expect(Array.from(first, (weight) => weight > 0)).toEqual([true, true, true, false]);
    expect(Array.from(last, (weight) => weight > 0)).toEqual([true, true, true, true]);
  });
});
