import type { WholePass } from '../attention/attention-kind.js';
import type { TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import { forwardOps, logitsOf, type TokenBatch, wholePass } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { transformer, type TransformerOps } from '../model/transformer.js';
import { gelu } from '../ops/activations.js';
import * as tf from '@tensorflow/tfjs-core';

import { promptBatch } from './cache-growth.js';

/** A step of the model, with its result. */
export interface ModelStep {
  /**
   * Name of the step: `tokenEmbedding`, `blocks.0.norm1`, `blocks.0.attention.scores`, …, `logits`. The step of a
   * norm or of a linear layer has the name of its parameters, without `.gain`, `.weight` or `.bias`.
   */
  readonly name: string;
  /** Index of the block that computed the step, from 0; absent outside of blocks. */
  readonly block?: number;
  /** Name of the step within its block, such as `attention.scores`; equal to `name` outside of blocks. */
  readonly step: string;
  /** Value for the whole prompt: `[T, …]`, or by head `[H, T, …]`. It is disposed of when `watch` returns. */
  readonly value: tf.Tensor;
}

export type Watch = (step: ModelStep) => void;

/**
 * Runs a prompt once and calls `watch` with every step of the model, in order, from the embeddings to the logits. The
 * residual stream is computed by the engine's own ops. Steps inside an op (the steps of attention, the MLP before its
 * GELU) are computed separately, in composed form.
 *
 * @throws RangeError for an empty prompt, one longer than the context, or an id that is not in the vocabulary.
 */
export function watchModel(
  { config, decoder, parameters: store }: Model,
  prompt: TokenPrompt,
  watch: Watch,
): void {
  const batch = promptBatch(config, prompt);
  tf.tidy(() => {
    const parameters = store.tensors();
    const ops = watchedOps(decoder, parameters, batch, watch);
    const hidden = transformer(decoder, ops);
    watch({ ...placeOf('logits'), value: logitsOf(config, parameters, hidden) });
  });
}

/** Returns the ops of a pass over a whole prompt. With `watch`, each reports its result. */
export function watchedOps(
  decoder: Decoder,
  parameters: ReturnType<Model['parameters']['tensors']>,
  batch: TokenBatch,
  watch?: Watch,
): TransformerOps<tf.Tensor2D> {
  const ops = forwardOps(decoder, parameters, batch);
  if (!watch) return ops;
  const pass = wholePass(decoder.config, parameters, batch, batch.tokens.length);
  return watchOps(decoder, ops, pass, watch);
}

/** Wraps the ops so that each reports its result. */
function watchOps(
  { config: { nHead, nKvHead, headDim } }: Decoder,
  ops: TransformerOps<tf.Tensor2D>,
  pass: WholePass,
  watch: Watch,
): TransformerOps<tf.Tensor2D> {
  const [width, shared] = [nHead * headDim, nKvHead * headDim];
  let branch = ''; // the module whose output is added to the stream next
  let block = ''; // the block whose positions were added last
  const report = <X extends tf.Tensor>(name: string, value: X): X => {
    watch({ ...placeOf(name), value });
    return value;
  };
  return {
    tokenEmbedding: () => report('tokenEmbedding', ops.tokenEmbedding()),
    positionVectors: (vectors) => {
      block = vectors.name.slice(0, vectors.name.lastIndexOf('.') + 1);
      return report(vectors.name, ops.positionVectors(vectors));
    },
    add: (x, y) => report(`${block}input`, ops.add(x, y)),
    dropout: (x) => ops.dropout(x),
    context: (x, layer) => ops.context(x, layer),
    norm: (x, name) => report(name, ops.norm(x, name)),
    linear: (x, name, activation = 'none') => {
      branch = name.slice(0, name.lastIndexOf('.'));
      if (activation === 'none') return report(name, ops.linear(x, name));
      tf.tidy(() => report(`${branch}.gelu`, gelu(report(name, ops.linear(x, name)))));
      return ops.linear(x, name, activation);
    },
    gated: (x, activation) => report(`${branch}.gated`, ops.gated(x, activation)),
    normHeads: (qkv, layer) =>
      report(`${layer.name}.attention.qkvNormed`, ops.normHeads(qkv, layer)),
    rotate: (qkv, rotation, layer) =>
      report(`blocks.${layer}.attention.qkvTurned`, ops.rotate(qkv, rotation, layer)),
    attention: (input, qkv, layer) => {
      tf.tidy(() => {
        const name = `${layer.name}.attention`;
        const watched: WholePass = {
          ...pass,
          linear: (x, weights) => report(weights, ops.linear(x, weights)),
          onGroups: (part, groups) => report(`${name}.${part}Groups`, groups),
        };
        const steps = layer.attention.steps({ input, qkv }, watched);
        const { query, key, value, scores, masked, weights, mixed, merged } = steps;
        const parts = tf.split(qkv, [width, shared, shared], 1);
        ['query', 'key', 'value'].forEach((part, i) => report(`${name}.${part}`, parts[i]));
        const byHead = { queryHeads: query, keyHeads: key, valueHeads: value, scores, masked };
        for (const [step, heads] of Object.entries({ ...byHead, weights, mixed })) {
          report(`${name}.${step}`, tf.squeeze(heads, [0])); // [H, T, …]
        }
        report(`${name}.merged`, merged);
      });
      return ops.attention(input, qkv, layer);
    },
    residual: (x, y) => report(`${branch}.residual`, ops.residual(x, y)),
  };
}

/** Returns the block and the step that a name refers to. */
function placeOf(name: string): Omit<ModelStep, 'value'> {
  const [blocks, block, ...parts] = name.split('.');
  return blocks === 'blocks'
    ? { name, block: Number(block), step: parts.join('.') }
    : { name, step: name };
}
