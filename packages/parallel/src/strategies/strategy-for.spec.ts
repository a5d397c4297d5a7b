import {
  type BatchSource,
  createModel,
  cropBatches,
  memoryTokens,
  type Model,
  train,
  trainingConfig,
  type TrainingReport,
  type TrainingState,
} from '@ramble/core';
import { windowBatches } from '@ramble/core/training';

import { losableRanks } from '../../test/losable-ranks.js';
import { inMemoryRanks, type Ranks } from '../ranks/ranks.js';
import { strategyFor } from './strategy-for.js';

const shape = { vocabSize: 23, contextLength: 8, nLayer: 1, nHead: 2, nEmbd: 12 };
const source = memoryTokens(Array.from({ length: 300 }, (_, i) => (i * i + (i % 7)) % 23));
const config = trainingConfig({
  ...{ batchSize: 1, gradAccumSteps: 4, maxSteps: 4, dropout: 0.1, seed: 3, evalInterval: 2 },
});
const crops = cropBatches(source, { contextLength: 8, batchSize: 1, seed: 3 });
const windows = () => windowBatches(source, { contextLength: 8, batchSize: 2 });

interface Given {
  readonly ranks?: Ranks;
  readonly model?: Model;
  readonly state?: TrainingState;
  readonly batches?: BatchSource;
  readonly validation?: typeof windows;
  readonly onReport?: (report: TrainingReport) => void;
  readonly signal?: AbortSignal;
}

async function run({ model = createModel(shape, { seed: 1 }), ranks, onReport, ...given }: Given) {
  const clock = { now: () => 0 };
  const options = { config, batches: crops, validation: windows, clock, model, ...given };
  const training = train({ ...options, strategy: strategyFor(ranks) });
  const losses: number[] = [];
  for (;;) {
    const next = await training.next();
    if (next.done) return { model, losses, state: next.value.state };
    if (next.value.kind === 'evaluation') losses.push(next.value.validationLoss);
    onReport?.(next.value);
  }
}

const valuesOf = ({ parameters }: Model): Float32Array[] =>
  parameters.specs.map(({ name }) => parameters.read(name));

/** Trains with four ranks to a step, then with three. */
async function fourThenThree(step: number): Promise<Awaited<ReturnType<typeof run>>> {
  const first = await Promise.all(
    inMemoryRanks(4).map((ranks) => {
      const stop = new AbortController();
      const onReport = (report: TrainingReport): void => {
        if (report.kind === 'step' && report.step === step) stop.abort();
      };
      return run({ ranks, onReport, signal: stop.signal });
    }),
  );
  const rest = inMemoryRanks(3).map((ranks, i) => {
    const { model, state } = first[i];
    return run({ ranks, model, state });
  });
  return (await Promise.all(rest))[0];
}

/** Trains with four ranks. Rank `lost` ends when its options call `end`. */
async function withLoss(given: (end: () => never) => Given, lost: number) {
  const losable = losableRanks(4);
  const end = (): never => {
    losable.lose(lost);
    throw new Error('killed');
  };
  const runs = losable.ranks.map((each, i) =>
    run({ ...(i === lost ? given(end) : {}), ranks: each }),
  );
  return Promise.allSettled(runs);
}

describe('train when ranks end', () => {
  it.each([1, 3])('repeats the step with the remaining ranks after rank %i ends', async (lost) => {
    const results = await withLoss(
      (end) => ({
        batches: { batch: (index) => (index >= 8 ? end() : crops.batch(index)) },
      }),
      lost,
    );
    const expected = await fourThenThree(2);
    results.forEach((result, i) => {
      expect(result.status).toBe(i === lost ? 'rejected' : 'fulfilled');
      if (result.status !== 'fulfilled') return;
      expect(valuesOf(result.value.model)).toEqual(valuesOf(expected.model));
      expect(result.value.losses[1]).toBe(expected.losses.at(-1));
    });
  });

  it('evaluates again on all data', async () => {
    const results = await withLoss((end) => ({ validation: () => end() }), 2);
    const expected = await run({});
    const [first] = results;
    if (first.status !== 'fulfilled') throw first.reason;
    expect(first.value.losses).toHaveLength(2);
    expect(first.value.losses[0]).toBeCloseTo(expected.losses[0], 10);
  });

  it('ends if the error is not the loss of a rank', async () => {
    const { ranks } = losableRanks(2);
    const batches = { batch: () => Promise.reject(new Error('no data')) };
    const ends = ranks.map((each) => run({ ranks: each, batches }));
    await expect(Promise.all(ends)).rejects.toThrow('no data');
  });
});
