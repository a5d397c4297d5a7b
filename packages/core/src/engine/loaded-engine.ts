import * as tf from '@tensorflow/tfjs-core';

import type { StepEngine } from '../model/step-runner.js';
import { keepEngine } from '../ops/current-engine.js';
import { replaceKernel } from '../ops/define-op.js';
import type { ParameterEngine } from '../parameters/parameter-engine.js';
import type { TrainingEngine } from '../program/training-engine.js';
import type { SoftmaxEngine } from '../sampling/filters/softmax-engine.js';

/**
 * Everything that an engine adds to its tfjs backend. What it leaves out has a plain form in core.
 */
export interface LoadedEngine extends ParameterEngine, StepEngine, TrainingEngine, SoftmaxEngine {}

/**
 * Registers all that an engine brings, in place of what was registered under its name.
 *
 * @throws RangeError when tfjs has no backend of that name.
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
