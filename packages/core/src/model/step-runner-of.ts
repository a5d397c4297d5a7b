import * as tf from '@tensorflow/tfjs-core';

import { currentEngine } from '../ops/define-op.js';
import type { ModelConfig } from '../config/model-config.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { inputsOf, type MatrixLayout, type WeightFormat } from '../parameters/weight-format.js';
import { decoderOf } from './decoder.js';
import { lowerModel } from './lower-model.js';
import type { Model } from './model.js';
import type { StepEngine, StepRunner } from './run-steps.js';

const runners = new WeakMap<ParameterStore, { backend: string; run: StepRunner }>();

/** Returns the current engine's runner of a model, made at the first call; `undefined` if it has none. */
export function stepRunnerOf({ decoder, parameters }: Model): StepRunner | undefined {
  const backend = tf.getBackend();
  const known = runners.get(parameters);
  if (known && known.backend === backend) return known.run;
  const engine: StepEngine | undefined = currentEngine();
  if (!engine?.createStepRunner || !parameters.stored) return undefined;
  const lowered = lowerModel(decoder);
  if (!lowered) return undefined;
  const stored = parameters.stored.bind(parameters);
  const { activations = 'f32' } = parameters;
  const run = engine.createStepRunner({ decoder, lowered, stored, activations });
  runners.set(parameters, { backend, run });
  return run;
}

/** Returns the layout from which the current engine decodes fastest with a parameter of a format. */
export function decodingLayout(
  config: ModelConfig,
): (spec: ParameterSpec, format: WeightFormat) => MatrixLayout {
  const engine: StepEngine | undefined = currentEngine();
  const readsPanels = engine?.decodesFromPanels && lowerModel(decoderOf(config)) !== undefined;
  return (spec, format) => {
    return (readsPanels && inputsOf(spec) === 'rows' && format.panels) || format;
  };
}
