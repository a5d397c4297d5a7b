import * as tf from '@tensorflow/tfjs-core';

import type { ModelConfig } from '../config/model-config.js';
import { type ForwardOptions, forwardOps, type TrainingBatch } from '../model/forward.js';
import type { ParameterTensors } from '../model/tensor-ops.js';
import { block, embed, type TransformerOps } from '../model/transformer.js';
import { addLosses } from '../ops/add-losses.js';
import type { CrossEntropyOptions } from '../ops/cross-entropy.js';
import { NO_DROPOUT } from '../ops/dropout.js';
import { type Objective, targetLosses } from './objective.js';

/**
 * The loss of a batch and the gradient of every parameter, bit for bit as from the whole model at
 * once, in less memory and more time: of each block only the input is kept, and its activations are
 * computed again when its gradient is.
 *
 * @returns the loss of the next tokens, and tensors that are the caller's.
 * @see Chen et al. 2016, https://arxiv.org/abs/1604.06174
 */
export function recomputedGradients(
  config: ModelConfig,
  parameters: ParameterTensors,
  batch: TrainingBatch,
  { layers, targets }: Objective,
  options: ForwardOptions & CrossEntropyOptions,
): { loss: number; gradients: Record<string, tf.Tensor> } {
  const { dropoutOf = () => NO_DROPOUT } = options;
  let places = 0; // of dropout, up to where the pass is
  const opsFrom = (firstPlace: number): TransformerOps<tf.Tensor2D> => {
    places = firstPlace;
    const own = { ...options, dropoutOf: () => dropoutOf(places++) };
    return forwardOps(config, parameters, batch, own);
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
    let x = tf.tidy(() => embed(config, opsFrom(0)));
    const inputs: { x: tf.Tensor2D; firstPlace: number }[] = [];
    for (let layer = 0; layer < config.nLayer; layer++) {
      inputs.push({ x, firstPlace: places });
      const before = x;
      x = tf.tidy(() => block(before, layer, config, opsFrom(places)));
    }

    let loss = NaN;
    let dx: tf.Tensor | undefined;
    const ending = namesOf(/^(finalNorm|tokenEmbedding|secondHead)\./);
    /** Adds the gradients of what a layer predicts from the stream behind it. */
    const predict = (layer: number, stream: tf.Tensor2D): void => {
      const lossOf = (hidden: tf.Tensor): tf.Scalar => {
        const normed = opsFrom(places).layerNorm(hidden as tf.Tensor2D, 'finalNorm'); // it is stream
        const losses = targetLosses(normed, targets, options);
        if (layer === config.nLayer - 1) [loss] = losses[0].dataSync();
        return addLosses(losses);
      };
      const { grads } = tf.valueAndGrads(lossOf)([stream, ...tensorsOf(ending)]);
      collect(ending, grads.slice(1));
      const sum = dx ? tf.add(dx, grads[0]) : grads[0];
      if (dx) tf.dispose([dx, grads[0]]);
      dx = sum;
    };

    let behind = x;
    for (const [layer, input] of [...inputs.entries()].reverse()) {
      if (layers.includes(layer)) predict(layer, behind);
      const names = namesOf(new RegExp(`^blocks\\.${layer}\\.`));
      const blockOf = (): tf.Tensor => block(input.x, layer, config, opsFrom(input.firstPlace));
      const [before, ...own] = tf.grads(blockOf)([input.x, ...tensorsOf(names)], dx);
      collect(names, own);
      tf.dispose([...(dx ? [dx] : []), behind]);
      [dx, behind] = [before, input.x];
    }

    const tables = namesOf(/^(token|position)Embedding\./);
    collect(tables, tf.grads(() => embed(config, opsFrom(0)))(tensorsOf(tables), dx));
    return { loss, gradients };
  });
}
