import { createModel, type ModelConfig, type TrainingBatch } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { assertClose } from '../assert-close.js';
import { AFTER_LLAMA } from './llama-models.js';
import { lossAndGradients } from './loss-and-gradients.js';
import { onReference } from './on-reference.js';
import { fixedText } from './fixed-text.js';

const B = 2;
const T = 23;
const V = 29;

/** Patterns of layers, some of which see a window: as in Gemma 3, in Mistral, and with a base of their own. */
export const WINDOW_LAYERS: readonly Partial<ModelConfig>[] = [
  { attention: 'window,window,causal', nLayer: 5, positions: 'rotary', ropeWindowTheta: 500 },
  { attention: 'window', nLayer: 3, positions: 'rotary', window: 4 },
  { attention: 'causal,window', nLayer: 4, positions: 'rotary,rotary,none', window: T + 1 },
];

/** The loss and the gradient of every parameter are those of the composed form. */
export async function checkWindowLayers(layers: Partial<ModelConfig>): Promise<void> {
  const actual = gradientsOf(layers);
  const expected = await onReference(['window layers', layers], () => gradientsOf(layers));
  assertClose('loss', [actual.loss], [expected.loss], { atol: 1e-4 });
  for (const [name, gradient] of expected.gradients) {
    const close = { atol: 1e-4, rtol: 1e-3 };
    assertClose(name, actual.gradients.get(name) ?? [], gradient, close);
  }
}

function gradientsOf(layers: Partial<ModelConfig>): {
  loss: number;
  gradients: ReadonlyMap<string, Float32Array>;
} {
  const shape = { vocabSize: V, contextLength: T, nEmbd: 21, mlpDim: 33 };
  const model = createModel({ ...AFTER_LLAMA, ...shape, ...layers }, { seed: 9 });
  // Larger than a new model's, so that no layer's part is lost in rounding.
  for (const { name } of model.parameters.specs) {
    if (!name.endsWith('.weight')) continue;
    const values = model.parameters.read(name);
    model.parameters.write(name, values.map((value) => 5 * value)); // prettier-ignore
  }
  const text = fixedText(B * T + 1, V);
  const batch: TrainingBatch = {
    batchSize: B,
    tokens: Int32Array.from(text.slice(0, B * T)),
    targets: Int32Array.from(text.slice(1)),
    weights: Float32Array.from({ length: B * T }, (_, i) => (i % 7 === 3 ? 0 : 1)),
  };
  const { loss, gradients } = lossAndGradients(model, batch);
  const read = Object.entries(gradients).map(
    ([name, gradient]) => [name, gradient.dataSync<'float32'>().slice()] as const,
  );
  tf.dispose(gradients);
  model.dispose();
  return { loss, gradients: new Map(read) };
}
