import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { attentionWeights, sourceAttention, sourceRows } from './source-attention.js';

describe('sourceAttention', () => {
  const model = tinyGpt2();
  afterAll(() => model.dispose());
  const tokens = [3, 1, 4, 1, 5, 9];

  it('averages the attention to the source at the positions that chose the output', () => {
    const shares = sourceAttention(model, { tokens, outputStart: 4 });
    const heads = attentionWeights(model, { tokens }).flat();
    const mean = [0, 1, 2].map((seen) => {
      const weights = heads.flatMap((rows) => [rows[3][seen], rows[4][seen]]);
      return weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    });
    expect(shares).toBeAllClose(Float32Array.from(mean));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThan(1);
  });

  it('is the mean of a row for each token of the output', () => {
    const rows = sourceRows(model, { tokens, outputStart: 4 });
    const heads = attentionWeights(model, { tokens }).flat();
    expect(rows).toHaveLength(2);
    for (const [i, row] of rows.entries()) {
      const mean = [0, 1, 2].map(
        (seen) => heads.reduce((sum, each) => sum + each[3 + i][seen], 0) / heads.length,
      );
      expect(row).toBeAllClose(Float32Array.from(mean));
    }
  });

  it('is empty for a prompt of one token', () => {
    expect(sourceAttention(model, { tokens: [3, 1], outputStart: 1 })).toEqual(new Float32Array());
  });

  it('shows the attention that chose the first token if the output is empty', () => {
    const shares = sourceAttention(model, { tokens });
    const heads = attentionWeights(model, { tokens }).flat();
    const mean = heads.reduce((sum, rows) => sum + rows[5][0], 0) / heads.length;
    expect(shares).toHaveLength(5);
    expect(shares[0]).toBeCloseTo(mean, 6);
  });
});
