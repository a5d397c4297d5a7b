import { activations, golden, plainLayerNorm, plainLinear } from '@ramble/node/testing';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { scoreTable, scoreTables } from './score-table.js';

const [T, C, H, D] = [7, 12, 3, 4];
const prompt = { tokens: golden.inputIds[0] };

describe('scoreTable', () => {
  it('has the scores of one head, masked, and their softmax', () => {
    const model = tinyGpt2();
    const read = (name: string): Float32Array => model.parameters.read(name);
    const head = 2;
    const normed = plainLayerNorm(
      activations['hidden.0'].values.slice(0, T * C),
      read('blocks.0.norm1.gain'),
      read('blocks.0.norm1.bias'),
      model.config.normEps,
    );
    const [weight, bias] = ['weight', 'bias'].map((part) => read(`blocks.0.attention.qkv.${part}`));
    const qkv = plainLinear(normed, weight, bias);
    const { scores, masked, weights } = scoreTable(model, prompt, { layer: 0, head });
    expect([scores, masked, weights].map((table) => table.length)).toEqual([T, T, T]);
    for (let t = 0; t < T; t++) {
      const dots = Array.from({ length: T }, (_, s) => {
        const [query, key] = [t * 3 * C + head * D, s * 3 * C + C + head * D];
        let dot = 0;
        for (let d = 0; d < D; d++) dot += qkv[query + d] * qkv[key + d];
        return dot / Math.sqrt(D);
      });
      expect(scores[t]).toBeAllClose(dots, { atol: 1e-4 });
      expect(masked[t]).toEqual(scores[t].map((score, s) => (s <= t ? score : -Infinity)));
      const row = activations['attention.0'].values.slice((head * T + t) * T);
      expect(weights[t]).toBeAllClose(row.slice(0, T), { atol: 1e-5 });
    }
  });

  it('has the scores of the given layer', () => {
    const { weights } = scoreTable(tinyGpt2(), prompt, { layer: 1, head: 0 });
    expect(weights[6]).toBeAllClose(activations['attention.1'].values.slice(6 * T, 7 * T), {
      atol: 1e-5,
    });
  });

  it('equals its entry in the tables of all heads of the layer', () => {
    const model = tinyGpt2();
    const tables = scoreTables(model, prompt, 1);
    expect(tables).toHaveLength(H);
    for (const [head, table] of tables.entries()) {
      expect(table).toEqual(scoreTable(model, prompt, { layer: 1, head }));
    }
    expect(() => scoreTables(model, prompt, 2)).toThrow(
      new RangeError('layer: expected an integer from 0 to 1, got 2'),
    );
  });

  it.each([
    [{ layer: 2, head: 0 }, 'layer: expected an integer from 0 to 1, got 2'],
    [{ layer: -1, head: 0 }, 'layer: expected an integer from 0 to 1, got -1'],
    [{ layer: 0, head: H }, 'head: expected an integer from 0 to 2, got 3'],
    [{ layer: 0, head: 0.5 }, 'head: expected an integer from 0 to 2, got 0.5'],
  ])('refuses a head that does not exist: %j', (head, message) => {
    expect(() => scoreTable(tinyGpt2(), prompt, head)).toThrow(new RangeError(message));
  });
});
