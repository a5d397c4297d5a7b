import { tinyGpt2 } from '../test/tiny-gpt2.js';
import { attentionWeights } from './attention-weights.js';
import { sourceAttention } from './source-attention.js';

describe('sourceAttention', () => {
  const model = tinyGpt2();
  afterAll(() => model.dispose());
  const tokens = [3, 1, 4, 1, 5, 9];

  it('averages what the positions that chose an output saw of its source', () => {
    const shares = sourceAttention(model, { tokens, outputStart: 4 });
    const heads = attentionWeights(model, { tokens }).flat();
    const mean = [0, 1, 2].map((seen) => {
      const weights = heads.flatMap((rows) => [rows[3][seen], rows[4][seen]]);
      return weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    });
    expect(shares).toBeAllClose(Float32Array.from(mean));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThan(1);
  });

  it('tells what chose the first token where there is no output yet', () => {
    const shares = sourceAttention(model, { tokens });
    const heads = attentionWeights(model, { tokens }).flat();
    const mean = heads.reduce((sum, rows) => sum + rows[5][0], 0) / heads.length;
    expect(shares).toHaveLength(5);
    expect(shares[0]).toBeCloseTo(mean, 6);
  });
});
