import type { TokenPrompt } from '../domain/domain.js';
import { forwardOps, logitsOf } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { block, embed, type TransformerOps } from '../model/transformer.js';
import * as tf from '@tensorflow/tfjs-core';

import { promptBatch } from './cache-growth.js';
import { checkIndex } from './score-table.js';

/** A place in the model whose value can be read and replaced. */
export interface Site {
  /**
   * - `stream`: the input of a block, `[T, C]`. With the number of layers as `layer`, the output of the last block.
   * - `heads`: the outputs of all heads before their projection, `[T, H D]`.
   * - `attention`, `mlp`: the branch that is added to the stream, `[T, C]`, after its norm if it has one.
   */
  readonly kind: 'stream' | 'heads' | 'attention' | 'mlp';
  readonly layer: number;
}

/** Returns the value that the model computes with from there on, of the same shape. */
export type Edit = (value: tf.Tensor2D, site: Site) => tf.Tensor2D;

/** Wraps the ops of a forward pass so that an edit sees, and may replace, the value at every site. */
function editedOps(ops: TransformerOps<tf.Tensor2D>, edit: Edit): TransformerOps<tf.Tensor2D> {
  let branch: Site = { kind: 'attention', layer: 0 };
  return {
    ...ops,
    dropout: (x) => edit(ops.dropout(x), { kind: 'stream', layer: 0 }), // of the embeddings
    linear: (x, name, activation) => {
      const [, layer, part] = name.split('.');
      branch = { kind: part === 'mlp' ? 'mlp' : 'attention', layer: Number(layer) };
      return ops.linear(x, name, activation);
    },
    attention: (input, qkv, layer) =>
      edit(ops.attention(input, qkv, layer), { kind: 'heads', layer: layer.index }),
    residual: (x, value) => {
      const { kind, layer } = branch;
      const sum = ops.residual(x, edit(value, branch));
      return kind === 'mlp' ? edit(sum, { kind: 'stream', layer: layer + 1 }) : sum;
    },
  };
}

/** Part of a forward pass. */
export interface EditedPassOptions {
  /** First layer to compute, and its input, `[T, C]`; by default, the pass begins with the embeddings. */
  readonly from?: { readonly layer: number; readonly stream: Float32Array };
  /** Whether only the logits of the last token are computed. */
  readonly isLastOnly?: boolean;
}

/**
 * Computes the logits of a prompt while an edit replaces values inside the model, as the hooks of TransformerLens do.
 *
 * @returns logits `[T, V]`, or `[V]` of the last token.
 * @throws RangeError for an empty prompt, one longer than the context, or an id that is not in the vocabulary.
 */
export function editedLogits(
  { config, decoder, parameters: store }: Model,
  prompt: TokenPrompt,
  edit: Edit,
  { from, isLastOnly = false }: EditedPassOptions = {},
): Float32Array {
  const batch = promptBatch(config, prompt);
  const T = prompt.tokens.length;
  const C = config.nEmbd;
  const logits = tf.tidy(() => {
    const parameters = store.tensors();
    const ops = editedOps(forwardOps(decoder, parameters, batch), edit);
    const { inBlock = (compute: () => tf.Tensor2D) => compute() } = ops;
    const first = from?.layer ?? 0;
    let stream = from
      ? edit(tf.tensor2d(from.stream, [T, C]), { kind: 'stream', layer: first })
      : embed(decoder, ops);
    for (const layer of decoder.layers.slice(first)) {
      const input = stream;
      stream = inBlock(() => block(input, layer, ops));
    }
    const rows = isLastOnly ? tf.slice(stream, [T - 1, 0], [1, C]) : stream;
    return logitsOf(config, parameters, ops.norm(rows, 'finalNorm'));
  });
  const values = logits.dataSync<'float32'>().slice();
  logits.dispose();
  return values;
}

/** Values at every site of one pass. */
export interface RecordedSites {
  /** Logits of the last token, `[V]`. */
  readonly logits: Float32Array;
  /** Returns the value at a site, row by row. */
  at(kind: Site['kind'], layer: number): Float32Array;
}

/** Runs a prompt and records the value at every site: about 4 T C numbers for each layer. */
export function recordSites(model: Model, prompt: TokenPrompt): RecordedSites {
  const values = new Map<string, Float32Array>();
  const logits = editedLogits(
    model,
    prompt,
    (value, { kind, layer }) => {
      values.set(`${kind} ${layer}`, value.dataSync<'float32'>().slice());
      return value;
    },
    { isLastOnly: true },
  );
  return { logits, at: (kind, layer) => values.get(`${kind} ${layer}`) ?? new Float32Array() };
}

/** A part of the model that an ablation removes: one head, or the attention or the MLP of a layer. */
export interface ModelPart {
  readonly layer: number;
  readonly part: 'attention' | 'mlp' | { readonly head: number };
}

/**
 * Returns the edit that ablates parts of a model.
 *
 * @param by - Replacement of a part's output: zeros, or its mean over the positions of the prompt.
 * @throws RangeError if the model has no such layer or head.
 */
export function ablation(
  { config: { nLayer, nHead, headDim } }: Pick<Model, 'config'>,
  parts: readonly ModelPart[],
  by: 'zero' | 'mean',
): Edit {
  for (const { layer, part } of parts) {
    checkIndex('layer', layer, nLayer);
    if (typeof part === 'object') checkIndex('head', part.head, nHead);
  }
  const replaced = (value: tf.Tensor2D): tf.Tensor2D =>
    by === 'zero' ? tf.zerosLike(value) : tf.add(tf.zerosLike(value), tf.mean(value, 0, true));
  return (value, site) => {
    const here = parts.filter(({ layer }) => layer === site.layer).map(({ part }) => part);
    if (here.some((part) => part === site.kind)) return replaced(value);
    const heads = here.flatMap((part) => (typeof part === 'object' ? [part.head] : []));
    if (site.kind !== 'heads' || heads.length === 0) return value;
    const columns = Float32Array.from({ length: nHead * headDim }, (_, column) =>
      Number(heads.includes(Math.floor(column / headDim))),
    );
    return tf.where(tf.equal(tf.tensor2d(columns, [1, columns.length]), 1), replaced(value), value);
  };
}
