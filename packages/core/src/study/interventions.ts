/**
 * Interventions: the activations of one pass over a prompt, recorded or replaced. Every study of circuits is a set of
 * runs with replaced activations.
 *
 *     stream (layer L)   [T, C]     the residual stream before block L; of layer nLayer, before the final norm
 *     heads              [T, H D]   the weighted values of all heads, before the projection of attention
 *     attention          [T, C]     the branch of attention that is added to the stream
 *     mlp                [T, C]     the branch of the MLP that is added to the stream
 *
 * With norms after branches, a branch is recorded and replaced after its norm.
 */
import * as tf from '@tensorflow/tfjs-core';

import type { TokenPrompt } from '../domain/domain.js';
import { forwardOps, logitsOf } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { block, embed, type TransformerOps } from '../model/transformer.js';
import { promptBatch } from './cache-growth.js';
import { checkIndex } from './score-table.js';

/** Kind of an activation that can be replaced. */
export type ActivationPart = 'stream' | 'attention' | 'mlp' | 'heads';

/** An activation of one layer. */
export interface ActivationPlace {
  readonly part: ActivationPart;
  /** Index of the block, from 0; for `stream` also `nLayer`, the output of the last block. */
  readonly layer: number;
  /** Index of the only head, from 0, if `part` is `heads`; all heads by default. */
  readonly head?: number;
}

/** A replacement of an activation. */
export interface Edit extends ActivationPlace {
  /** The only position that is replaced, from 0; all positions by default. */
  readonly position?: number;
  /**
   * The replacement: a row for each position of the prompt, or a single row, which is used at every replaced
   * position.
   */
  readonly values: Float32Array;
}

/** Recorded activations of one prompt. */
export interface Activations {
  /** Returns a copy of an activation, row-major `[T, width]`; the width of one head is D. */
  read(place: ActivationPlace): Float32Array;
}

/** A prompt whose activations can be recorded and replaced. */
export interface EditablePrompt {
  /** Number of tokens, T. */
  readonly length: number;
  /** The activations of the prompt without edits. They are recorded once, at the first use. */
  readonly activations: Activations;
  /**
   * Returns the logits of the last token, `[V]`, with the given activations replaced. Blocks before the first edited
   * layer are not computed again.
   *
   * @throws RangeError for an edit of a layer, head or position that does not exist, or of the wrong size.
   */
  logits(edits?: readonly Edit[]): Float32Array;
}

/** Called with each activation of a pass. Returns the activation with which the pass continues. */
type Hook = (part: ActivationPart, layer: number, value: tf.Tensor2D) => tf.Tensor2D;

/**
 * Returns a prompt whose activations can be recorded and replaced, for a model with any kind of attention,
 * positions, norms and MLP.
 *
 * @throws RangeError for an empty prompt, one longer than the context, or an id that is not in the vocabulary.
 */
export function editablePrompt(model: Model, prompt: TokenPrompt): EditablePrompt {
  const { config } = model;
  const T = promptBatch(config, prompt).tokens.length;
  let recorded: ReadonlyMap<string, Float32Array> | undefined;
  const valuesOf = ({ part, layer }: ActivationPlace): Float32Array => {
    recorded ??= recordPrompt(model, prompt, (values) => values);
    return recorded.get(`${part}.${layer}`) ?? new Float32Array(); // every place was checked
  };
  return {
    length: T,
    activations: {
      read: (place) => {
        checkPlace(config, place);
        const { from, width, columns } = columnsOf(config, place);
        return columnsFrom(valuesOf(place), columns, from, width);
      },
    },
    logits: (edits = []) => {
      for (const edit of edits) checkEdit(config, edit, T);
      const layer = Math.min(config.nLayer - 1, ...edits.map((edit) => edit.layer));
      const start =
        edits.length === 0 ? undefined : { layer, stream: valuesOf({ part: 'stream', layer }) };
      const hook = editHook(config, edits);
      return runPrompt(model, prompt, hook, start);
    },
  };
}

/**
 * Returns the mean of an activation over all positions of some prompts: one row, with which an ablation replaces the
 * activation (mean ablation).
 *
 * @throws RangeError for no prompt.
 */
export function meanActivation(
  prompts: readonly EditablePrompt[],
  place: ActivationPlace,
): Float32Array {
  const rows = prompts.reduce((sum, { length }) => sum + length, 0);
  if (rows === 0) throw new RangeError('prompts: expected at least one prompt, got an empty list');
  let sum: Float64Array | undefined;
  for (const { activations, length } of prompts) {
    const values = activations.read(place);
    const width = values.length / length;
    sum ??= new Float64Array(width);
    for (let i = 0; i < values.length; i++) sum[i % width] += values[i];
  }
  return Float32Array.from(sum ?? [], (each) => each / rows);
}

/**
 * Runs a prompt once and records all its activations, by names such as `heads.0`.
 *
 * @param kept - Returns the numbers to keep of an activation, `[T, width]`.
 */
export function recordPrompt(
  model: Model,
  prompt: TokenPrompt,
  kept: (values: Float32Array, width: number) => Float32Array,
): ReadonlyMap<string, Float32Array> {
  const found = new Map<string, Float32Array>();
  runPrompt(model, prompt, (part, layer, value) => {
    found.set(`${part}.${layer}`, kept(value.dataSync<'float32'>().slice(), value.shape[1]));
    return value;
  });
  return found;
}

/** Runs a prompt, from a layer's input if it is given, and returns the logits of the last token. */
function runPrompt(
  { config, decoder, parameters: store }: Model,
  prompt: TokenPrompt,
  hook: Hook,
  start?: { readonly layer: number; readonly stream: Float32Array },
): Float32Array {
  const batch = promptBatch(config, prompt);
  const { length } = batch.tokens;
  const C = config.nEmbd;
  const logits = tf.tidy(() => {
    const parameters = store.tensors();
    const ops = hookedOps(forwardOps(decoder, parameters, batch), hook);
    let stream = start
      ? hook('stream', start.layer, tf.tensor2d(start.stream, [length, C]))
      : embed(decoder, ops);
    for (const layer of decoder.layers.slice(start?.layer ?? 0)) {
      const x = stream;
      stream = tf.tidy(() => block(x, layer, ops));
    }
    const last = tf.slice(stream, [length - 1, 0], [1, C]);
    return logitsOf(config, parameters, ops.norm(last, 'finalNorm'));
  });
  const values = logits.dataSync<'float32'>().slice();
  logits.dispose();
  return values;
}

/** Wraps the ops of a pass so that a hook can record or replace the activations of every layer. */
function hookedOps(ops: TransformerOps<tf.Tensor2D>, hook: Hook): TransformerOps<tf.Tensor2D> {
  let layer = 0;
  let part: 'attention' | 'mlp' = 'attention'; // the branch that is added to the stream next
  return {
    ...ops,
    dropout: (x) => hook('stream', 0, ops.dropout(x)), // only the input of the first block has it
    attention: (input, qkv, own) => {
      [layer, part] = [own.index, 'attention'];
      return hook('heads', layer, ops.attention(input, qkv, own));
    },
    residual: (x, branch) => {
      const sum = ops.residual(x, hook(part, layer, branch));
      if (part === 'mlp') return hook('stream', layer + 1, sum);
      part = 'mlp';
      return sum;
    },
  };
}

type Sizes = Pick<Model['config'], 'nLayer' | 'nHead' | 'nEmbd' | 'headDim'>;

/** Returns a hook that replaces activations. */
function editHook(config: Sizes, edits: readonly Edit[]): Hook {
  return (part, layer, value) => {
    const own = edits.filter((edit) => edit.part === part && edit.layer === layer);
    if (own.length === 0) return value;
    const numbers = value.dataSync<'float32'>().slice();
    const [T, columns] = value.shape;
    for (const edit of own) {
      const { from, width } = columnsOf(config, edit);
      const { values } = edit;
      const rows =
        edit.position === undefined ? Array.from({ length: T }, (_, t) => t) : [edit.position];
      for (const t of rows) {
        const source =
          values.length === width ? values : values.subarray(t * width, (t + 1) * width);
        numbers.set(source, t * columns + from);
      }
    }
    return tf.tensor2d(numbers, [T, columns]);
  };
}

/** Returns the columns of an activation that belong to a place. */
function columnsOf(
  { nHead, headDim, nEmbd }: Sizes,
  { part, head }: ActivationPlace,
): { readonly from: number; readonly width: number; readonly columns: number } {
  const columns = part === 'heads' ? nHead * headDim : nEmbd;
  if (head === undefined) return { from: 0, width: columns, columns };
  return { from: head * headDim, width: headDim, columns };
}

function columnsFrom(
  values: Float32Array,
  columns: number,
  from: number,
  width: number,
): Float32Array {
  const rows = values.length / columns;
  return Float32Array.from({ length: rows * width }, (_, i) => {
    return values[Math.floor(i / width) * columns + from + (i % width)];
  });
}

function checkPlace({ nLayer, nHead }: Sizes, { part, layer, head }: ActivationPlace): void {
  checkIndex('layer', layer, part === 'stream' ? nLayer + 1 : nLayer);
  if (head === undefined) return;
  if (part !== 'heads') throw new RangeError(`head: expected none with ${part}, got ${head}`);
  checkIndex('head', head, nHead);
}

function checkEdit(config: Sizes, { values, position, ...place }: Edit, T: number): void {
  checkPlace(config, place);
  if (position !== undefined) checkIndex('position', position, T);
  const { width } = columnsOf(config, place);
  if (values.length === width || values.length === T * width) return;
  throw new RangeError(
    `values: expected ${width} numbers, or ${T * width} for ${T} positions, got ${values.length}`,
  );
}
