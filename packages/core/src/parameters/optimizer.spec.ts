import { OPTIMIZERS, slotsOf } from './optimizer.js';

describe('slotsOf', () => {
  it('returns the slots of each rule', () => {
    expect(slotsOf('adam')).toEqual(['mean', 'variance']);
    expect(slotsOf('sgd')).toEqual(['mean']);
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
    ]);
  });
});
