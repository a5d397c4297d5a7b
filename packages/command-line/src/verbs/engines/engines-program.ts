import {
  type Clock,
  createModel,
  cropBatches,
  memoryTokens,
  MODEL_PRESETS,
  train,
  trainingConfig,
} from '@ramble/core';
import type { Engine } from '@ramble/core/engine';
import { messageOf } from '@ramble/core/files';

import { formatCount } from '../../format/format-number.js';
import type { Call, PlainProgram } from '../../verb/verb.js';
import { measurePeak } from '../train/speed.js';

/** `engines`: lists the engines, fastest first, with their speed or the reason why they cannot run. */
export const enginesProgram = { flags: {}, run } satisfies PlainProgram<object>;

async function run({ engines, output, io }: Call<object>): Promise<void> {
  const width = Math.max(...engines.map(({ name }) => name.length));
  for (const engine of engines) {
    output.progress(`measuring ${engine.name} …`);
    const summary = await describeEngine(engine, io.clock);
    output.progress('');
    if (output.isJson) await output.printJson(summary);
    else {
      await output.print(`${engine.name.padEnd(width)}  ${engine.description}`);
      await output.print(`${' '.repeat(width)}  ${speedOf(summary)}`);
    }
  }
}

function speedOf(summary: EngineSummary): string {
  if (!summary.available) return `Not available: ${summary.reason}`;
  const { gflops, tokensPerSecond } = summary;
  return (
    `Trains a nano model with ${formatCount(tokensPerSecond)} tokens a second; ` +
    `matrices at ${gflops.toPrecision(3)} GFLOP/s.`
  );
}

/** The availability and speed of an engine on this machine. */
type EngineSummary =
  | { readonly name: string; readonly available: false; readonly reason: string }
  | {
      readonly name: string;
      readonly available: true;
      /** Billions of operations a second in a product of matrices. */
      readonly gflops: number;
      /** Speed of training a `nano` model. */
      readonly tokensPerSecond: number;
    };

/** Checks an engine and, if it can run, measures it for a second or two. */
async function describeEngine(engine: Engine, clock: Clock): Promise<EngineSummary> {
  const { name } = engine;
  try {
    const reason = await engine.check();
    if (reason !== undefined) return { name, available: false, reason };
    await engine.load();
    const gflops = measurePeak(clock) / 1e9;
    return { name, available: true, gflops, tokensPerSecond: await measureTraining(clock) };
  } catch (error) {
    // An engine that fails must not hide the others.
    const reason = messageOf(error);
    return { name, available: false, reason };
  }
}

const SECONDS = 1;
const VOCAB_SIZE = 64;

/** Measures the training of a `nano` model for a second after its first step, in tokens per second. */
async function measureTraining(clock: Clock): Promise<number> {
  const { contextLength } = MODEL_PRESETS.nano;
  const config = trainingConfig({ batchSize: 8, maxSteps: Number.MAX_SAFE_INTEGER });
  const { batchSize, seed } = config;
  const tokens = memoryTokens(Array.from({ length: 4 * contextLength }, (_, i) => i % VOCAB_SIZE));
  const batches = cropBatches(tokens, { contextLength, batchSize, seed });
  const model = createModel({ ...MODEL_PRESETS.nano, vocabSize: VOCAB_SIZE });
  let steps = 0;
  let start = clock.now();
  try {
    for await (const { kind, step } of train({ model, config, batches, clock })) {
      if (kind !== 'step') continue;
      if (step === 1) start = clock.now();
      else steps++;
      if (steps > 0 && clock.now() - start > 1000 * SECONDS) break;
    }
  } finally {
    model.dispose();
  }
  return (1000 * steps * batchSize * contextLength) / (clock.now() - start);
}
