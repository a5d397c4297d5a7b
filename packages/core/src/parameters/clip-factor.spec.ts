import { readJson } from '../../test/read-fixture.js';
import { clipFactor } from './optimizer.js';

interface ClipCase {
  readonly maxNorm: number;
  readonly norm: number;
  readonly grads: number[][];
  readonly torch: number[][];
}
const { cases } = readJson('optimizers/clipping.json') as { cases: ClipCase[] }; // its README

describe('clipFactor', () => {
  it.each(cases.map((given) => [given.norm, given.maxNorm, given] as const))(
    "clips a norm of %d to %d by torch's rule",
    (norm, maxNorm, given) => {
      const factor = clipFactor(norm, maxNorm);
      const clipped = given.grads.flat().map((value) => value * factor);
      expect(clipped).toBeAllClose(given.torch.flat(), { atol: 1e-9, rtol: 1e-8 });
    },
  );

  it('is 1 for a limit of 0', () => {
    expect(clipFactor(1e9, 0)).toBe(1);
  });
});
