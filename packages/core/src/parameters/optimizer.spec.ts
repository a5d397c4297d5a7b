import { readJson } from '../../test/read-fixture.js';
import { clipFactor, OPTIMIZERS, slotsOf } from './optimizer.js';

describe('slotsOf', () => {
  it('returns the slots of each rule', () => {
    expect(slotsOf('adam')).toEqual(['mean', 'variance']);
    expect(slotsOf('sgd')).toEqual(['mean']);
    expect(slotsOf('muon')).toEqual(['mean', 'variance']);
  });
});

describe('OPTIMIZERS', () => {
  const settings = {
    ...{ beta1: 0.7, beta2: 0.8, eps: 1e-3, momentum: 0.6, nesterov: true, weightDecay: 0.5 },
  };

  it('make rules from the settings that they use', () => {
    const { beta1, beta2, eps, momentum, nesterov, weightDecay } = settings;
    const adam = { kind: 'adam', learningRate: 2, beta1, beta2, eps, weightDecay, count: 3 };
    const rules = Object.values(OPTIMIZERS).map(({ rule }) => rule(settings, 2, 3));
    expect(rules).toEqual([
      { ...adam, decay: 'decoupled' },
      { ...adam, decay: 'coupled' },
      { kind: 'sgd', learningRate: 2, momentum, nesterov, weightDecay },
      { ...adam, kind: 'muon', momentum, nesterov },
    ]);
  });
});

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
