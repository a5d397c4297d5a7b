import * as tf from '@tensorflow/tfjs-core';

import type { StepEngine } from '../model/step-runners.js';
import { keepEngine, replaceKernel } from '../ops/define-op.js';
import type { ParameterEngine } from '../parameters/parameter-store.js';
import type { TrainingEngine } from '../program/training-engine.js';
import type { SoftmaxEngine } from '../sampling/filters/softmax.js';

/** A tfjs backend with kernels for ramble's ops. Its code is loaded only by `load`. */
export interface Engine {
  /** Name of the engine: `native`, `tensorflow`, `wasm`, `cpu`. */
  readonly name: string;
  /** A one-line description for people. */
  readonly description: string;
  /**
   * Returns the reason why the engine cannot run on this machine and how to install it; `undefined` if it can
   * run. Loads as little code as possible.
   */
  check(): Promise<string | undefined>;
  /** Makes the engine's tfjs backend the current one and registers its features with `registerEngine`. */
  load(): Promise<void>;
}

/**
 * Loads the first engine that runs on this machine.
 *
 * @param engines - Engines in the order to try, usually the fastest first.
 * @param onPassedOver - Called with each engine that cannot run on this machine, and the reason.
 * @returns the engine that was loaded.
 * @throws Error if no engine runs on this machine.
 */
export async function loadFirstEngine(
  engines: readonly Engine[],
  onPassedOver?: (engine: Engine, obstacle: string) => Promise<void> | void,
): Promise<Engine> {
  for (const engine of engines) {
    const obstacle = await engine.check();
    if (obstacle === undefined) {
      await engine.load();
      return engine;
    }
    await onPassedOver?.(engine, obstacle);
  }
  throw new Error('engine: expected one that runs on this machine, got none');
}

/**
 * All hooks that an engine may add to its tfjs backend. Core has a TypeScript implementation for each hook that is
 * missing.
 */
export interface LoadedEngine extends ParameterEngine, StepEngine, TrainingEngine, SoftmaxEngine {}

/**
 * Registers an engine, and replaces an earlier one of the same name.
 *
 * @throws RangeError if tfjs has no backend of that name.
 */
export function registerEngine(engine: LoadedEngine): void {
  const { name, kernels } = engine;
  // The cast: tfjs declares that a factory is always found, and returns null.
  if ((tf.findBackendFactory(name) as (() => unknown) | null) === null) {
    throw new RangeError(
      `engine: expected the name of a tfjs backend, got ${name}; call tf.registerBackend first`,
    );
  }
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    replaceKernel(kernelName, name, kernel);
  }
  keepEngine(engine);
}
