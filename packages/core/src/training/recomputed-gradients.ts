import * as tf from '@tensorflow/tfjs-core';

import type { ModelConfig } from '../config/model-config.js';
import {
  type ForwardOptions,
  forwardOps,
  hiddenLoss,
  type TrainingBatch,
} from '../model/forward.js';
import type { ParameterTensors } from '../model/tensor-ops.js';
import { block, embed, type TransformerOps } from '../model/transformer.js';
import type { CrossEntropyOptions } from '../ops/cross-entropy.js';
import { NO_DROPOUT } from '../ops/dropout.js';

/**
 * The loss of a batch and the gradient of every parameter, bit for bit as from the whole model at
 * once, in less memory and more time: of each block only the input is kept, and its activations are
 * computed again when its gradient is.
 *
 * @returns tensors that are the caller's.
 * @see Chen et al. 2016, https://arxiv.org/abs/1604.06174
 */
export function recomputedGradients(
  config: ModelConfig,
  parameters: ParameterTensors,
  batch: TrainingBatch,
  totalWeight: number,
  options: ForwardOptions & CrossEntropyOptions,
): { loss: tf.Scalar; gradients: Record<string, tf.Tensor> } {
  const { dropoutOf = () => NO_DROPOUT } = options;
  let places = 0; // of dropout, up to where the pass is
  const opsFrom = (firstPlace: number): TransformerOps<tf.Tensor2D> => {
    places = firstPlace;
    return forwardOps(config, parameters, batch, { dropoutOf: () => dropoutOf(places++) });
  };
  const gradients: Record<string, tf.Tensor> = {};
  const collect = (names: readonly string[], own: readonly tf.Tensor[]): void => {
    names.forEach((name, i) => {
      gradients[name] = name in gradients ? tf.add(gradients[name], own[i]) : own[i];
    });
  };
  const namesOf = (pattern: RegExp): string[] =>
    Object.keys(parameters).filter((name) => pattern.test(name));
  const tensorsOf = (names: readonly string[]): tf.Tensor[] => names.map((n) => parameters[n]);

  return tf.tidy(() => {
    let x = tf.tidy(() => embed(opsFrom(0)));
    const inputs: { x: tf.Tensor2D; firstPlace: number }[] = [];
    for (let layer = 0; layer < config.nLayer; layer++) {
      inputs.push({ x, firstPlace: places });
      const before = x;
      x = tf.tidy(() => block(before, layer, opsFrom(places)));
    }

    const ending = namesOf(/^(finalNorm|tokenEmbedding)\./);
    const lossOf = (hidden: tf.Tensor): tf.Scalar => {
      const normed = opsFrom(places).layerNorm(hidden as tf.Tensor2D, 'finalNorm'); // it is x
      return hiddenLoss(config, parameters, normed, batch, totalWeight, options).loss;
    };
    const { value: loss, grads } = tf.valueAndGrads(lossOf)([x, ...tensorsOf(ending)]);
    let [dx] = grads;
    collect(ending, grads.slice(1));

    for (const [layer, input] of [...inputs.entries()].reverse()) {
      const names = namesOf(new RegExp(`^blocks\\.${layer}\\.`));
      const blockOf = (): tf.Tensor => block(input.x, layer, opsFrom(input.firstPlace));
      const [before, ...own] = tf.grads(blockOf)([input.x, ...tensorsOf(names)], dx);
      collect(names, own);
      tf.dispose([dx, input.x]);
      dx = before;
    }

    const tables = namesOf(/Embedding\./);
    collect(tables, tf.grads(() => embed(opsFrom(0)))(tensorsOf(tables), dx));
    return { loss: loss, gradients }; // what lossOf gives
  });
}
