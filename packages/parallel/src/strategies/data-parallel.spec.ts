import { createHash } from 'node:crypto';

import {
  createModel,
  cropBatches,
  memoryTokens,
  type Model,
  train,
  type TrainingBatch,
  trainingConfig,
  type TrainingConfig,
  TrainingDivergedError,
  type TrainingReport,
  type TrainingResult,
  type TrainingState,
  type TrainOptions,
} from '@ramble/core';
import { windowBatches } from '@ramble/core/training';

import { inMemoryRanks, type Ranks } from '../ranks/ranks.js';
import { dataParallel } from './data-parallel.js';

const shape = { vocabSize: 23, contextLength: 8, nLayer: 1, nHead: 2, nEmbd: 12 };
const source = memoryTokens(Array.from({ length: 300 }, (_, i) => (i * i + (i % 7)) % 23));
const settings = { batchSize: 1, gradAccumSteps: 4, maxSteps: 4, dropout: 0.1, seed: 3 } as const;

interface Run {
  readonly model: Model;
  readonly reports: readonly TrainingReport[];
  readonly result: TrainingResult;
}

interface Given extends Partial<Omit<TrainOptions, 'config'>> {
  readonly config?: Partial<TrainingConfig>;
  readonly onStep?: (step: number) => void;
}

async function run({ config: changed, onStep, ...given }: Given = {}): Promise<Run> {
  const config = trainingConfig({ ...settings, ...changed });
  const { batchSize, seed } = config;
  const model = given.model ?? createModel(shape, { seed: 1 });
  const batches = cropBatches(source, { contextLength: 8, batchSize, seed });
  const training = train({ model, config, batches, clock: { now: () => 0 }, ...given });
  const reports: TrainingReport[] = [];
  for (;;) {
    const next = await training.next();
    if (next.done) return { model, reports, result: next.value };
    reports.push(next.value);
    if (next.value.kind === 'step') onStep?.(next.value.step);
  }
}

/** Runs the same training on all ranks, with the options of each. */
function onRanks(count: number, given: (rank: number) => Given): Promise<Run[]> {
  return Promise.all(
    inMemoryRanks(count).map((ranks, i) => run({ ...given(i), strategy: dataParallel(ranks) })),
  );
}

/** Returns the error of each rank. */
async function errorsOn(count: number, given: Given): Promise<unknown[]> {
  const results = await Promise.allSettled(
    inMemoryRanks(count).map((ranks) => run({ ...given, strategy: dataParallel(ranks) })),
  );
  return results.map((result) =>
    result.status === 'rejected' ? (result.reason as unknown) : undefined,
  );
}

/** Returns SHA-256 of all parameters and moments. */
function hashOf({ parameters }: Model): string {
  const hash = createHash('sha256');
  for (const { name } of parameters.specs) {
    for (const slot of [undefined, 'mean', 'variance'] as const) {
      const { buffer, byteOffset, byteLength } = parameters.read(name, slot);
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest('hex');
}

function copyOf({ config, parameters }: Model): Model {
  const copy = createModel(config, { seed: 99 });
  for (const { name } of parameters.specs) {
    for (const slot of [undefined, 'mean', 'variance'] as const) {
      copy.parameters.write(name, parameters.read(name, slot), slot);
    }
  }
  return copy;
}

describe('train with dataParallel', () => {
  it('has the same bits as one process after resuming with another number of ranks, and alone', async () => {
    const alone = await run();
    let model = createModel(shape, { seed: 1 });
    let state: TrainingState | undefined;
    for (const [count, end] of [
      [2, 1],
      [4, 3],
    ] as const) {
      const start = { model, state };
      const runs = await onRanks(count, () => {
        const stop = new AbortController();
        const onStep = (step: number): void => {
          if (step === end) stop.abort();
        };
        return { ...start, model: copyOf(start.model), onStep, signal: stop.signal };
      });
      ({
        model,
        result: { state },
      } = runs[count - 1]);
    }
    const last = await run({ model, state });
    expect(last.result.state.step).toBe(4);
    expect(hashOf(last.model)).toBe(hashOf(alone.model));
  });

  it('differs only in rounding if the number of ranks is not a power of 2', async () => {
    const [alone, three] = [await run(), await onRanks(3, () => ({}))];
    expect(new Set(three.map(({ model }) => hashOf(model))).size).toBe(1);
    const [name] = alone.model.parameters.specs.map((spec) => spec.name);
    expect(three[0].model.parameters.read(name)).toBeAllClose(alone.model.parameters.read(name), {
      atol: 1e-4,
    });
  });

  it('divides the batches of an evaluation, and uses the score of rank 0', async () => {
    const seen: number[][] = [];
    const validation = (rank: number) => () =>
      windowBatches(source, { contextLength: 8, batchSize: 3 + 0 * (seen[rank] = []).length });
    const config = { evalInterval: 2, bestBy: 'score' } as const;
    const given = (rank: number): Given => ({
      config,
      validation: validation(rank),
      score: () => Promise.resolve(rank === 0 ? 7 : NaN),
    });
    const evaluations = ({ reports }: Run) =>
      reports.flatMap((report) => (report.kind === 'evaluation' ? [report] : []));
    const alone = evaluations(await run(given(0)));
    expect(alone.length).toBe(2);
    for (const own of (await onRanks(4, given)).map(evaluations)) {
      own.forEach((report, i) => {
        const { validationLoss } = alone[i];
        expect(Math.abs(report.validationLoss / validationLoss - 1)).toBeLessThan(1e-14);
        expect(report).toMatchObject({ tokens: 299, validationScore: 7, best: alone[i].best });
      });
    }
  });

  it('announces the purpose of operations', async () => {
    const announced: string[] = [];
    const [ranks] = inMemoryRanks(1);
    const announce: Ranks['announce'] = (work) => void announced.push(work);
    const validation = () => windowBatches(source, { contextLength: 8, batchSize: 3 });
    const config = { maxSteps: 2, saveInterval: 1, evalInterval: 2 };
    await run({ config, validation, strategy: dataParallel({ ...ranks, announce }) });
    expect(announced).toEqual([
      ...['start of training', 'step 1', 'checkpoint of step 1'],
      ...['step 2', 'evaluation after step 2', 'checkpoint of step 2'],
    ]);
  });

  it('ends all ranks after the same step when one of them is stopped', async () => {
    const runs = await onRanks(4, (rank) => {
      const stop = new AbortController();
      const onStep = (step: number): void => {
        if (rank === 2 && step === 2) stop.abort();
      };
      return { onStep, signal: stop.signal };
    });
    const ends = runs.map(({ result }) => [result.reason, result.state.step]);
    // The step that was already being shared at the stop is the last one.
    expect(ends).toEqual(ends.map(() => ['aborted', 3]));
  });

  it('uses the clock of rank 0', async () => {
    const clocks = [1, 1000, 0].map((factor) => {
      let seconds = 0;
      return { now: () => 1000 * factor * seconds++ };
    });
    const config = { maxSteps: 1000, maxMinutes: 0.2, warmupSteps: 1 };
    const runs = await onRanks(3, (rank) => ({ config, clock: clocks[rank] }));
    const [first, ...others] = runs.map(({ result }) => result);
    expect(first.reason).toBe('minutes');
    expect(first.state.step).toBeGreaterThan(1);
    for (const other of others) expect(other).toEqual(first);
  });

  it('plans the same number of steps on all ranks if minutes are the only limit', async () => {
    const clocks = [1, 1000].map((factor) => {
      let seconds = 0;
      return { now: () => 1000 * factor * seconds++ };
    });
    const config = { maxSteps: 0, maxMinutes: 0.3 };
    const [first, second] = await onRanks(2, (rank) => ({ config, clock: clocks[rank] }));
    const withoutWaiting = ({ reports }: Run) =>
      JSON.parse(
        JSON.stringify(reports, (key, value: unknown) =>
          key === 'waitedShare' ? undefined : value,
        ),
      ) as unknown;
    expect(first.reports[0]).toMatchObject({ kind: 'plan' });
    expect(withoutWaiting(second)).toEqual(withoutWaiting(first));
  });

  it('diverges on all ranks at the same step', async () => {
    const errors = await errorsOn(2, {
      config: { learningRate: 1e30, warmupSteps: 0, gradClip: 0 },
    });
    expect(errors[0]).toBeInstanceOf(TrainingDivergedError);
    expect(String(errors[1])).toBe(String(errors[0]));
  });

  it('has the same bits as one process if the micro-batches of one rank have no targets', async () => {
    const batchOf = (index: number): TrainingBatch => ({
      batchSize: 1,
      tokens: Int32Array.from({ length: 8 }, (_, i) => (i + index) % 23),
      targets: Int32Array.from({ length: 8 }, (_, i) => (2 * i + index) % 23),
      weights: new Float32Array(8).fill(index % 4 === 1 ? 0.25 : 0),
    });
    const batches = { batch: (index: number) => Promise.resolve(batchOf(index)) };
    const alone = await run({ batches });
    const four = await onRanks(4, () => ({ batches }));
    expect(four.map(({ model }) => hashOf(model))).toEqual(four.map(() => hashOf(alone.model)));
  });

  it('disposes of all tensors', async () => {
    const count = async (): Promise<number> => {
      for (const { model } of await onRanks(2, () => ({}))) model.dispose();
      const { numTensors } = (await import('@tensorflow/tfjs-core')).memory();
      return numTensors;
    };
    expect(await count()).toBe(await count());
  });

  it.each<[string, number, Given]>([
    ['ranks: expected at most 4, the micro-batches of an update (gradAccumSteps), got 5', 5, {}],
    [
      'ranks: expected 1 for attention that remembers segments, where each micro-batch goes on from the one before, got 2',
      2,
      { model: createModel({ ...shape, attention: 'transformer-xl' }, { seed: 1 }) },
    ],
    [
      'syncEvery: expected 0 for ranks that add up gradients, got 2; use localUpdates',
      2,
      { config: { syncEvery: 2 } },
    ],
  ])('throws RangeError %s', async (message, count, given) => {
    const errors = await errorsOn(count, given);
    expect(errors).toEqual(errors.map(() => new RangeError(message)));
  });

  it('has the same bits as training without ranks if there is one rank', async () => {
    const [ranks] = inMemoryRanks(1);
    const [alone, one] = [await run(), await run({ strategy: dataParallel(ranks) })];
    expect(hashOf(one.model)).toBe(hashOf(alone.model));
  });
});
