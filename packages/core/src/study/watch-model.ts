import * as tf from '@tensorflow/tfjs-core';

import type { TokenPrompt } from '../domain/domain.js';
import { distancesOf, forwardOps, logitsOf, sinusoidsOf, visibilityOf } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { type GroupMemory, transformer, type TransformerOps } from '../model/transformer.js';
import { type AttentionSteps, attentionSteps } from '../ops/attention.js';
import { compressedSteps } from '../ops/compressed-attention.js';
import { gelu } from '../ops/gelu.js';
import { recurrentAttentionSteps } from '../ops/recurrent-attention.js';
import { promptBatch } from './prompt-batch.js';

/** Something that the model computed. */
export interface ModelStep {
  /**
   * `tokenEmbedding`, `blocks.0.norm1`, `blocks.0.attention.scores`, …, `logits`: a layer's as its
   * parameters are called.
   */
  readonly name: string;
  /** Of the whole prompt: `[T, …]`, by head `[H, T, …]`. Gone when `watch` returns. */
  readonly value: tf.Tensor;
}

export type Watch = (step: ModelStep) => void;

/**
 * Reads a prompt once and shows every step of the way, in order, from the embeddings to the logits.
 * The stream is what the engine computes; what its ops do inside (the steps of attention, the MLP
 * before its GELU) is computed beside it, in composed form.
 *
 * @throws RangeError for an empty prompt, one longer than the context, or an id that is not in the
 *   vocabulary.
 */
export function watchModel(
  { config, parameters: store }: Model,
  prompt: TokenPrompt,
  watch: Watch,
): void {
  const batch = promptBatch(config, prompt);
  tf.tidy(() => {
    const parameters = store.tensors();
    const shape = { batch: 1, nHead: config.nHead };
    const attend: StepsOfAttention = (qkv, layer, memory) => {
      if (memory) return compressedSteps(qkv, memory, shape);
      const sinusoids = sinusoidsOf(config, layer, parameters);
      if (sinusoids) {
        return recurrentAttentionSteps(qkv, { ...shape, queries: qkv.shape[0] }, sinusoids);
      }
      const distances = distancesOf(config, layer, parameters);
      return attentionSteps(qkv, shape, visibilityOf(config, layer, batch), distances);
    };
    const ops = watchOps(forwardOps(config, parameters, batch), attend, watch);
    watch({ name: 'logits', value: logitsOf(parameters, transformer(config, ops)) });
  });
}

type StepsOfAttention = (
  qkv: tf.Tensor2D,
  layer: number,
  memory: GroupMemory<tf.Tensor2D> | undefined,
) => AttentionSteps;

/**
 * The same ops; each tells what it computed.
 *
 * @param attend - The steps of a layer's attention.
 */
function watchOps(
  ops: TransformerOps<tf.Tensor2D>,
  attend: StepsOfAttention,
  watch: Watch,
): TransformerOps<tf.Tensor2D> {
  let branch = ''; // the module whose output comes next to the stream
  let place = ''; // the block that the table read last is of
  const tell = <X extends tf.Tensor>(name: string, value: X): X => {
    watch({ name, value });
    return value;
  };
  return {
    embedding: (table) => {
      place = table.slice(0, table.lastIndexOf('.') + 1);
      return tell(table, ops.embedding(table));
    },
    add: (x, y) => tell(`${place}input`, ops.add(x, y)),
    dropout: (x) => ops.dropout(x),
    recall: (x, layer) => ops.recall(x, layer),
    layerNorm: (x, name) => tell(name, ops.layerNorm(x, name)),
    linear: (x, name, activation = 'none') => {
      branch = name.slice(0, name.lastIndexOf('.'));
      if (activation === 'none') return tell(name, ops.linear(x, name));
      tf.tidy(() => tell(`${branch}.gelu`, gelu(tell(name, ops.linear(x, name)))));
      return ops.linear(x, name, activation);
    },
    groups: (x, part, groupLength, layer) => {
      const name = `blocks.${layer}.attention.${part}Groups`;
      return tell(name, ops.groups(x, part, groupLength, layer));
    },
    attention: (qkv, layer, memory) => {
      tf.tidy(() => {
        const name = `blocks.${layer}.attention`;
        const parts = tf.split(qkv, 3, 1);
        ['query', 'key', 'value'].forEach((part, i) => tell(`${name}.${part}`, parts[i]));
        const { query, key, value, scores, masked, weights, mixed, merged } = attend(
          qkv,
          layer,
          memory,
        );
        const byHead = { queryHeads: query, keyHeads: key, valueHeads: value, scores, masked };
        for (const [step, heads] of Object.entries({ ...byHead, weights, mixed })) {
          tell(`${name}.${step}`, tf.squeeze(heads, [0])); // [H, T, …]
        }
        tell(`${name}.merged`, merged);
      });
      return ops.attention(qkv, layer, memory);
    },
    residual: (x, y) => tell(`${branch}.residual`, ops.residual(x, y)),
  };
}
