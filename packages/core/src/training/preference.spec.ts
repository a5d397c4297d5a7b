import { randomValues } from '../../test/random-values.js';
import { trainingConfig, type TrainingConfig } from '../config/training-config.js';
import type { TokenExample } from '../domain/domain.js';
import { adaptModel, createModel, type Model } from '../model/model.js';
import { evaluateLoss } from './evaluate-loss.js';
import { packExamples } from './example-batches.js';
import { lossAndGradients } from './gradients.js';
import { learnPairs, preferenceOf } from './preference.js';
import { train } from './train.js';
import type { TrainingState } from './training-state.js';

const contextLength = 9;
const size = { vocabSize: 11, contextLength, nLayer: 2, nHead: 2, nEmbd: 8 };
const configOf = (given: Partial<TrainingConfig>): TrainingConfig =>
  trainingConfig({ maxSteps: 6, warmupSteps: 0, loraRank: 2, loraAlpha: 2, seed: 3, ...given });

/** Returns an example with a prompt of 3 tokens, whose answers have different lengths. */
function pair(seed: number, lengths: readonly [chosen: number, rejected: number]): TokenExample {
  const [chosen, rejected] = lengths.map((length, which) => ({
    tokens: Array.from({ length: 3 + length }, (_, i) => (seed * i + (i < 3 ? 1 : which + 2)) % 11),
    lossWeights: Array.from({ length: 3 + length }, (_, i) => (i < 3 ? 0 : 1)),
  }));
  return { ...chosen, rejected };
}

const pairs = [pair(1, [4, 2]), pair(3, [1, 6]), pair(4, [5, 5]), pair(7, [2, 1])];
const batch = packExamples(pairs, contextLength);

/** Returns a model with adapters that change its outputs, or without adapters for a rank of 0. */
function modelOf(config: TrainingConfig): Model {
  const model = adaptModel(createModel(size, { seed: 1 }), config, 2);
  model.parameters.specs.forEach(({ name }, stream) => {
    const values = model.parameters.read(name);
    const noise = randomValues(values.length, stream, 0.2);
    if (name.includes('.up.')) noise.fill(0, 0, values.length / 2);
    model.parameters.write(name, values.map((value, i) => value + noise[i])); // prettier-ignore
  });
  return model;
}

async function stepsOf(
  model: Model,
  config: TrainingConfig,
  options: { state?: TrainingState; batchSize?: number; stopAfter?: number } = {},
): Promise<{ losses: number[]; state?: TrainingState }> {
  const { batchSize = pairs.length, state: from, stopAfter } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const batches = {
    batch: (index: number) => {
      const start = (index * batchSize) % pairs.length;
      return Promise.resolve(packExamples(pairs.slice(start, start + batchSize), contextLength));
    },
  };
  const losses: number[] = [];
  let state = from;
  const clock = { now: () => 0 };
  const strategy = learnPairs();
  for await (const report of train({ model, config, batches, state, clock, signal, strategy })) {
    if (report.kind === 'step') losses.push(report.loss);
    if (losses.length === stopAfter) stop.abort();
    ({ state } = report);
  }
  return { losses, state };
}

const cases: [string, Partial<TrainingConfig>][] = [
  ['DPO', { preference: 'dpo', preferenceBeta: 0.7 }],
  ['ORPO', { preference: 'orpo', preferenceBeta: 0.7 }],
  ['ORPO without adapters', { preference: 'orpo', preferenceBeta: 2, loraRank: 0 }],
];

describe('a loss of pairs', () => {
  it.each(cases)('has the gradient of finite differences: %s', (_, given) => {
    const config = configOf(given);
    const model = modelOf(config);
    const { parameters } = model;
    const { weighted } = preferenceOf(model, batch, config);
    const { gradients } = lossAndGradients(model, [weighted], config, 0);
    const meanLoss = (): number => preferenceOf(model, batch, config).loss / pairs.length;
    for (const { name } of parameters.specs.filter((_, i) => i % 3 === 1)) {
      const values = parameters.read(name);
      const gradient = gradients[name].dataSync<'float32'>();
      const index = gradient.reduce((best, value, i, all) => {
        return Math.abs(value) > Math.abs(all[best]) ? i : best;
      }, 0);
      const [above, below] = [1, -1].map((sign) => {
        const moved = values.slice();
        moved[index] += sign * 5e-3;
        parameters.write(name, moved);
        return meanLoss();
      });
      parameters.write(name, values);
      const slope = (above - below) / 1e-2;
      expect(Math.abs(slope - gradient[index])).toBeLessThan(2e-3 + 0.02 * Math.abs(slope));
    }
  });

  it('is ln 2 for new adapters with DPO, and falls', async () => {
    const config = configOf({
      preference: 'dpo',
      learningRate: 0.1,
      loraDropout: 0.1,
      maxSteps: 20,
    });
    const base = createModel(size, { seed: 1 });
    for (const { name } of base.parameters.specs) {
      base.parameters.write(name, base.parameters.read(name).map((value) => 8 * value)); // prettier-ignore
    }
    const model = adaptModel(base, config, 2);
    const { losses } = await stepsOf(model, config);
    expect(losses[0]).toBeCloseTo(Math.LN2, 6);
    expect(losses.at(-1)).toBeLessThan(0.5);
    const report = await evaluateLoss(model, sole(), undefined, (each) =>
      preferenceOf(model, each, config),
    );
    expect(report).toMatchObject({ tokens: 4, accuracy: 1 });
    expect(report.loss).toBeLessThan(0.5);
  });

  it('is finite if the model is certain of an answer', () => {
    const config = configOf({ preference: 'orpo', loraRank: 0 });
    const model = createModel({ ...size, vocabSize: 1 }, { seed: 1 });
    const [tokens, lossWeights] = [
      [0, 0, 0],
      [0, 1, 1],
    ];
    const certain = packExamples([{ tokens, lossWeights, rejected: { tokens, lossWeights } }], 9);
    expect(preferenceOf(model, certain, config).loss).toBeCloseTo(0.1 * Math.LN2, 5);
  });

  it.each(cases)('is the same in micro-batches: %s', async (_, given) => {
    const whole = await stepsOf(modelOf(configOf(given)), configOf(given));
    const config = configOf({ ...given, gradAccumSteps: 4 });
    const parts = await stepsOf(modelOf(config), config, { batchSize: 1 });
    expect(parts.losses).toBeAllClose(whole.losses, { atol: 1e-4 });
  });

  it.each(cases)('continues from a saved state with the same bits: %s', async (_, given) => {
    const config = configOf({ ...given, dropout: 0.1, loraDropout: 0.2 });
    const [whole, stopped] = [modelOf(config), modelOf(config)];
    const expected = await stepsOf(whole, config);
    const half = await stepsOf(stopped, config, { stopAfter: 3 });
    const rest = await stepsOf(stopped, config, half);
    expect([...half.losses, ...rest.losses]).toEqual(expected.losses);
    expect(half.losses).toHaveLength(3);
    for (const { name } of whole.parameters.specs) {
      expect(stopped.parameters.read(name)).toEqual(whole.parameters.read(name));
    }
  });
});

async function* sole(): AsyncGenerator<typeof batch> {
  yield await Promise.resolve(batch);
}

describe('settings of a loss of pairs', () => {
  it.each([
    [
      { preference: 'dpo' as const, loraRank: 0 },
      'loraRank: expected above 0 with preference dpo, whose reference is the model without adapters, got 0; or use preference orpo, which has no reference',
    ],
    [
      { preference: 'orpo' as const, labelSmoothing: 0.1 },
      'labelSmoothing: expected none with preference orpo, whose loss is on whole answers, got 0.1',
    ],
  ])('are refused if they do not fit together: %o', (given, message) => {
    expect(() => configOf(given)).toThrow(message);
  });

  it('require pairs, and pairs require them', async () => {
    const config = configOf({ preference: 'orpo' });
    const model = modelOf(config);
    const { rejected, ...chosen } = pairs[0];
    const single = packExamples([chosen], contextLength);
    expect(rejected).toBeDefined();
    expect(() => preferenceOf(model, single, config)).toThrow(
      'preference: expected dpo or orpo, and batches of pairs, got sequences without a rejected answer',
    );
    const plain = configOf({});
    await expect(stepsOf(model, plain)).rejects.toThrow(
      'preference: expected dpo or orpo for batches of pairs, got the loss of tokens',
    );
    expect(() => packExamples([pairs[0], chosen], contextLength)).toThrow(
      'rejected: expected in all examples of a batch or in none, got in some',
    );
    const empty = { tokens: [1, 2, 3], lossWeights: [0, 0, 0] };
    const silent = packExamples([{ ...chosen, rejected: empty }], contextLength);
    expect(() => preferenceOf(model, silent, config)).toThrow(
      'weights: an answer of a pair has no token that counts, so it has no probability',
    );
  });
});
