import type { Clock, Engine } from '@ramble/core';

import { measurePeak } from '../train/speed.js';
import { measureTraining } from './measure-training.js';

/** The availability and speed of an engine on this machine. */
export type EngineSummary =
  | { readonly name: string; readonly available: false; readonly reason: string }
  | {
      readonly name: string;
      readonly available: true;
      /** Billions of operations a second in a product of matrices. */
      readonly gflops: number;
      /** Speed of training a `nano` model. */
      readonly tokensPerSecond: number;
    };

/** Checks an engine and, where it runs, measures it for a second or two. */
export async function describeEngine(engine: Engine, clock: Clock): Promise<EngineSummary> {
  const { name } = engine;
  try {
    const reason = await engine.check();
    if (reason !== undefined) return { name, available: false, reason };
    await engine.load();
    const gflops = measurePeak(clock) / 1e9;
    return { name, available: true, gflops, tokensPerSecond: await measureTraining(clock) };
  } catch (error) {
    // One that breaks must not hide the others.
    const reason = error instanceof Error ? error.message : String(error);
    return { name, available: false, reason };
  }
}
