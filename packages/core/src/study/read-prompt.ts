import type { TokenPrompt, Vocabulary } from '../domain/domain.js';
import { logitsOf, outputProjection } from '../model/forward.js';
import type { Model } from '../model/model.js';
import type { ParameterTensors } from '../model/tensor-ops.js';
import { block, embed } from '../model/transformer.js';
import { likeliestTokens, type NextToken } from '../sampling/explorer.js';
import * as tf from '@tensorflow/tfjs-core';

import {
  type BlockReading,
  blockRecorder,
  blockShapes,
  shapeRecorder,
  stepRecorder,
  type StepShape,
  tokenVectors,
  type TokenVector,
} from './block-reading.js';
import { promptBatch } from './cache-growth.js';
import type { LensReading } from './logit-lens.js';
import { checkIndex } from './score-table.js';
import { type Watch, watchedOps } from './watch-model.js';

/** Maximum number of values of the residual stream that are kept: 128 MB. */
const MAX_KEPT = 2 ** 25;

/** A token that may come next, with its row of the output projection. */
export interface OutputRow extends NextToken {
  /**
   * The token's row of the output projection, `[C]`. Its dot product with the result of the final norm is the token's
   * logit, before a cap (`logitCap`).
   */
  readonly row: Float32Array;
}

/** Results of one pass of a model over a prompt. Intermediate results of each layer are computed on request. */
export interface PromptReading {
  /** Name of every step of the model and shape of its result, in order. */
  readonly steps: readonly StepShape[];
  /** The predictions of the logit lens after each block, for the last token. */
  readonly lens: readonly LensReading[];
  /**
   * Returns the likeliest next token after each token of the prompt if the model ended after some blocks: a column of
   * the table of the logit lens.
   *
   * @param blocks - Number of blocks: 0 for the embeddings, `nLayer` for the model's output.
   * @param last - Maximum number of tokens, from the end of the prompt; default all.
   * @throws RangeError if the model has fewer blocks.
   */
  lensAfter(blocks: number, last?: number): NextToken[];
  /**
   * Returns every intermediate result of a block, among them three numbers for each head and pair of tokens.
   * Computes one block, and the blocks since the last one whose input was kept.
   *
   * @throws RangeError if the model has no such layer.
   */
  block(layer: number): BlockReading;
  /**
   * Returns the vectors of a token before the first block: `tokenEmbedding`, and for added positions
   * `positionEmbedding` and their sum, `input`.
   *
   * @throws RangeError if the prompt has no such position.
   */
  embedding(position: number): TokenVector[];
  /**
   * Returns the vectors of a token after the last block, `output` and `finalNorm`, and the rows of the output
   * projection with the highest logits.
   *
   * @param count - Number of rows, at most the size of the vocabulary.
   * @throws RangeError if the prompt has no such position.
   */
  output(
    position: number,
    count: number,
  ): {
    readonly vectors: readonly TokenVector[];
    readonly rows: readonly OutputRow[];
  };
}

/** Options of `readPrompt`. */
export interface ReadPromptOptions {
  /** Number of tokens in each prediction of the logit lens. */
  readonly count: number;
  /** Maximum number of values of the residual stream that are kept; default 2^25. */
  readonly maxKept?: number;
}

/**
 * Reads a prompt in one pass of the model and keeps the input of each block, `[T, C]`. Memory grows linearly with
 * the number of tokens. If the model and the prompt are too large for that, only the inputs of every second,
 * third, … block are kept. Logits are computed for the last token only.
 *
 * @returns a generator that yields the number of computed blocks after each block, so that its caller can run
 *   other work or stop.
 * @throws RangeError for an empty prompt, one longer than the context, or an id that is not in the vocabulary.
 */
export function* readPrompt(
  model: Model,
  prompt: TokenPrompt,
  vocabulary: Pick<Vocabulary, 'describe'>,
  { count, maxKept = MAX_KEPT }: ReadPromptOptions,
): Generator<number, PromptReading, undefined> {
  const { config, decoder } = model;
  const { nLayer, nEmbd: C, vocabSize } = config;
  const pass = blockPass(model, prompt);
  const T = prompt.tokens.length;
  const stride = Math.ceil((nLayer * T * C) / maxKept);
  const kept = new Map<number, Float32Array>();
  const last = new Float32Array((nLayer + 1) * C);
  const shapes = blockShapes(config);
  const before = shapeRecorder();
  let stream = pass.embed(before.watch);
  for (let layer = 0; layer <= nLayer; layer++) {
    last.set(stream.subarray(-C), layer * C);
    if (layer === nLayer) break;
    if (layer % stride === 0) kept.set(layer, stream);
    stream = pass.block(stream, layer, shapes.watch(layer));
    yield layer + 1;
  }
  const steps = [
    ...before.result(),
    ...shapes.result(),
    { name: 'finalNorm', shape: [T, C] },
    { name: 'logits', shape: [T, vocabSize] },
  ];
  const lens = pass.logits(last).map((logits, blocks) => ({
    blocks,
    tokens: likeliestTokens(logits, vocabulary, count),
  }));
  const inputOf = (layer: number): Float32Array => {
    const first = layer - (layer % stride);
    let input = kept.get(first) ?? new Float32Array();
    for (let each = first; each < layer; each++) input = pass.block(input, each);
    return input;
  };
  return {
    steps,
    lens,
    lensAfter(blocks, count = T) {
      checkIndex('blocks', blocks, nLayer + 1);
      const rows = blocks === nLayer ? stream : inputOf(blocks);
      return lensOf(pass, rows.subarray(-C * count), C, vocabulary);
    },
    block(layer) {
      checkIndex('layer', layer, nLayer);
      const input = inputOf(layer);
      const recorder = blockRecorder(decoder, layer, input);
      pass.block(input, layer, recorder.watch);
      return recorder.result();
    },
    ...endsOf(pass, stream, T, vocabulary),
  };
}

/** Number of tokens whose logits are in memory at once. */
const LENS_ROWS = 32;

/** Returns the likeliest next token for each row of the residual stream, `[rows, C]`. */
function lensOf(
  pass: BlockPass,
  stream: Float32Array,
  C: number,
  vocabulary: Pick<Vocabulary, 'describe'>,
): NextToken[] {
  const found: NextToken[] = [];
  for (let at = 0; at < stream.length; at += LENS_ROWS * C) {
    for (const logits of pass.logits(stream.slice(at, at + LENS_ROWS * C))) {
      found.push(likeliestTokens(logits, vocabulary, 1)[0]);
    }
  }
  return found;
}

/** Returns the functions of a reading that compute vectors before the first block and after the last. */
function endsOf(
  pass: BlockPass,
  stream: Float32Array,
  tokens: number,
  vocabulary: Pick<Vocabulary, 'describe'>,
): Pick<PromptReading, 'embedding' | 'output'> {
  return {
    embedding(position) {
      const recorder = stepRecorder(() => true);
      pass.embed(recorder.watch);
      return tokenVectors(recorder.result(), tokens, position);
    },
    output(position, count) {
      checkIndex('position', position, tokens);
      const C = stream.length / tokens;
      const values = stream.slice(position * C, (position + 1) * C);
      const rows = likeliestTokens(pass.logits(values)[0], vocabulary, count).map((next) => {
        return { ...next, row: pass.outputRow(next.token) };
      });
      const vectors = [
        { step: 'output', values },
        { step: 'finalNorm', values: pass.norm(values) },
      ];
      return { vectors, rows };
    },
  };
}

/** Functions that compute parts of a forward pass and dispose of their tensors. */
interface BlockPass {
  /** The input of the first block, `[T, C]`. */
  embed(watch: Watch): Float32Array;
  /** Computes a block's output from its input, both `[T, C]`. */
  block(input: Float32Array, layer: number, watch?: Watch): Float32Array;
  /** Computes the final norm of rows of the residual stream, `[rows, C]`. */
  norm(rows: Float32Array): Float32Array;
  /** Computes logits of rows of the residual stream, `[rows, C]`: an array of V for each row. */
  logits(rows: Float32Array): Float32Array[];
  /** Returns a token's row of the output projection, `[C]`. */
  outputRow(token: number): Float32Array;
}

function blockPass({ config, decoder, parameters: store }: Model, prompt: TokenPrompt): BlockPass {
  const batch = promptBatch(config, prompt);
  const { nEmbd: C, vocabSize: V } = config;
  const numbers = (compute: () => tf.Tensor): Float32Array => {
    const value = tf.tidy(compute);
    const copy = value.dataSync<'float32'>().slice();
    value.dispose();
    return copy;
  };
  const rowsOf = (values: Float32Array): tf.Tensor2D => tf.tensor2d(values, [values.length / C, C]);
  const normed = (rows: Float32Array, parameters: ParameterTensors): tf.Tensor2D =>
    watchedOps(decoder, parameters, batch).norm(rowsOf(rows), 'finalNorm');
  return {
    embed: (watch) =>
      numbers(() => embed(decoder, watchedOps(decoder, store.tensors(), batch, watch))),
    block: (input, layer, watch) =>
      numbers(() => {
        const ops = watchedOps(decoder, store.tensors(), batch, watch);
        return block(rowsOf(input), decoder.layers[layer], ops);
      }),
    norm: (rows) => numbers(() => normed(rows, store.tensors())),
    outputRow: (token) =>
      numbers(() => tf.slice(outputProjection(config, store.tensors()), [token, 0], [1, C])),
    logits: (rows) => {
      const all = numbers(() => {
        const parameters = store.tensors();
        return logitsOf(config, parameters, normed(rows, parameters));
      });
      return Array.from({ length: all.length / V }, (_, i) => all.subarray(i * V, (i + 1) * V));
    },
  };
}
