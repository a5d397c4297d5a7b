import * as tf from '@tensorflow/tfjs-core';

import type { Decoder } from '../model/decoder.js';
import { type ForwardOptions, forwardOps, type TrainingBatch } from '../model/forward.js';
import { outputName } from '../model/model-parameters.js';
import type { ParameterTensors } from '../model/tensor-ops.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import { block, embed, type TransformerOps } from '../model/transformer.js';
import { addLosses, type CrossEntropyOptions } from '../ops/cross-entropy.js';
import { NO_DROPOUT } from '../ops/dropout.js';
import { type Objective, targetLosses } from './objective.js';

/** A model in training: its parameters as tensors, and their specs. */
export interface LearningModel {
  readonly decoder: Decoder;
  readonly specs: readonly ParameterSpec[];
  readonly parameters: ParameterTensors;
}

/** Loss and gradients of a batch; the caller disposes of the tensors. */
export interface BatchGradients {
  /** The loss of the next tokens at the last layer, kept (`tf.keep`). */
  readonly loss: tf.Scalar;
  readonly gradients: Record<string, tf.Tensor>;
}

/**
 * Computes the loss of a batch and the gradient of every parameter with gradient checkpointing. The bits
 * equal the bits of a backward pass through the whole model, with less memory and more time. Only the input of
 * each block is kept, and its activations are computed again for its gradient.
 *
 * @returns the loss of the next tokens, and gradients. The caller disposes of all tensors.
 * @see Chen et al. 2016, https://arxiv.org/abs/1604.06174
 */
export function recomputedGradients(
  model: LearningModel,
  batch: TrainingBatch,
  { layers, targets }: Objective,
  options: ForwardOptions & CrossEntropyOptions,
): BatchGradients {
  const { decoder } = model;
  const pass = createPass(model, batch, options);
  return tf.tidy(() => {
    const { inputs, output } = keepInputs(decoder, pass);
    let loss: tf.Scalar | undefined;
    let stream = output;
    let dx: tf.Tensor | undefined; // gradient of the stream after a block
    for (const [layer, { x, firstPlace }] of [...inputs.entries()].reverse()) {
      if (layers.includes(layer)) {
        const predicted = predict(decoder, pass, stream, targets, options);
        if (stream === output) ({ loss } = predicted);
        else predicted.loss.dispose();
        dx = replaceBySum(dx, predicted.dx);
      }
      const part = (): tf.Tensor => block(x, decoder.layers[layer], pass.opsFrom(firstPlace));
      const [before] = pass.backward(part, [x], ({ block: own }) => own === layer, dx);
      tf.dispose([...(dx ? [dx] : []), stream]);
      [dx, stream] = [before, x];
    }
    const part = (): tf.Tensor => embed(decoder, pass.opsFrom(0));
    pass.backward(part, [], (spec) => spec.part === 'input', dx);
    if (!loss) throw new Error('loss: expected one, got none'); // the last layer predicts
    return { loss, gradients: pass.gradients };
  });
}

/** A backward pass through the model, one part of the model (such as a block) at a time. */
interface Pass {
  /** Gradients of the parameters that the backward pass has reached. */
  readonly gradients: Record<string, tf.Tensor>;
  /** Index of the next dropout layer of the pass, which selects its random numbers. */
  readonly place: number;
  /** Returns the model's ops for a part of the model. The first dropout of the part has the index `place`. */
  opsFrom(place: number): TransformerOps<tf.Tensor2D>;
  /**
   * Runs the backward pass of a part of the model, and adds the gradients of its parameters to `gradients`.
   *
   * @param isOwn - Returns whether the part uses a parameter.
   * @param dy - Gradient of the part's output; absent for a loss.
   * @returns the gradient of each of the inputs.
   */
  backward(
    part: () => tf.Tensor,
    inputs: readonly tf.Tensor[],
    isOwn: (spec: ParameterSpec) => boolean,
    dy?: tf.Tensor,
  ): tf.Tensor[];
}

function createPass(
  { decoder, specs, parameters }: LearningModel,
  batch: TrainingBatch,
  options: ForwardOptions,
): Pass {
  const { dropoutOf = () => NO_DROPOUT } = options;
  const gradients: Record<string, tf.Tensor> = {};
  let place = 0;
  return {
    gradients,
    get place() {
      return place;
    },
    opsFrom: (firstPlace) => {
      place = firstPlace;
      const own = { ...options, dropoutOf: () => dropoutOf(place++) };
      return forwardOps(decoder, parameters, batch, own);
    },
    backward: (part, inputs, isOwn, dy) => {
      const own = specs.filter(isOwn).map(({ name }) => name);
      if (own.length + inputs.length === 0) return []; // tfjs refuses gradients of nothing
      const all = tf.grads(part)([...inputs, ...own.map((name) => parameters[name])], dy);
      for (const [i, name] of own.entries()) {
        const gradient = all[inputs.length + i];
        gradients[name] = name in gradients ? tf.add(gradients[name], gradient) : gradient;
      }
      return all.slice(0, inputs.length);
    },
  };
}

/** Input of a block, kept for the block's backward pass. */
interface BlockInput {
  readonly x: tf.Tensor2D;
  /** Index of the block's first dropout layer. */
  readonly firstPlace: number;
}

/** Runs the forward pass and keeps only the input of each block. */
function keepInputs(decoder: Decoder, pass: Pass): { inputs: BlockInput[]; output: tf.Tensor2D } {
  const inputs: BlockInput[] = [];
  let x = tf.tidy(() => embed(decoder, pass.opsFrom(0)));
  for (const layer of decoder.layers) {
    const input = { x, firstPlace: pass.place };
    inputs.push(input);
    x = tf.tidy(() => block(input.x, layer, pass.opsFrom(input.firstPlace)));
  }
  return { inputs, output: x };
}

/** Predicts from the stream after a layer: returns the loss of the next tokens and the gradient of the stream. */
function predict(
  decoder: Decoder,
  pass: Pass,
  stream: tf.Tensor2D,
  targets: Objective['targets'],
  options: CrossEntropyOptions,
): { loss: tf.Scalar; dx: tf.Tensor } {
  let loss: tf.Scalar | undefined;
  const part = (): tf.Scalar => {
    const normed = pass.opsFrom(pass.place).norm(stream, 'finalNorm');
    const losses = targetLosses(normed, targets, options);
    loss = tf.keep(losses[0]);
    return addLosses(losses);
  };
  const usesIt = ({ part: of, name }: ParameterSpec): boolean =>
    of === 'output' || name === outputName(decoder.config);
  const [dx] = pass.backward(part, [stream], usesIt);
  if (!loss) throw new Error('loss: expected one, got none'); // the part above has run
  return { loss, dx };
}

/** Returns the sum of two tensors and disposes of both; returns the second if the first is undefined. */
export function replaceBySum(a: tf.Tensor | undefined, b: tf.Tensor): tf.Tensor {
  if (!a) return b;
  const sum = tf.add(a, b);
  tf.dispose([a, b]);
  return sum;
}
