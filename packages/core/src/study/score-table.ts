import type { TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import type { Model } from '../model/model.js';
import { tokenRows } from './cache-growth.js';
import { type Watch, watchModel } from './watch-model.js';

/** Names of the attention steps that make up a `ScoreTable`. */
const SCORE_STEPS: readonly string[] = [
  'attention.scores',
  'attention.masked',
  'attention.weights',
];

/** Indices of an attention head, from 0: its layer, and the head in this layer. */
export interface HeadIndex {
  readonly layer: number;
  readonly head: number;
}

/**
 * Attention scores and weights of one head. Each field has a row for each token as query, with a number for each
 * token as key: `scores[position][seen]`.
 */
export interface ScoreTable {
  /** Scaled products of query and key, `q · k / sqrt(D)`. */
  readonly scores: readonly Float32Array[];
  /** The scores, with `-Infinity` for keys that the mask hides. */
  readonly masked: readonly Float32Array[];
  /** The softmax of each row of `masked`. */
  readonly weights: readonly Float32Array[];
}

/**
 * Returns the scores of one head, before and after the mask and after the softmax.
 *
 * @throws RangeError if the model has no such head.
 */
export function scoreTable(model: Model, prompt: TokenPrompt, head: HeadIndex): ScoreTable {
  return record(model, prompt, scoreRecorder(model.decoder, head));
}

/**
 * Returns the scores of all heads of a layer, `tables[head]`: three numbers for each head and pair of tokens.
 *
 * @throws RangeError if the model has no such layer.
 */
export function scoreTables(model: Model, prompt: TokenPrompt, layer: number): ScoreTable[] {
  return record(model, prompt, scoresRecorder(model.decoder, layer));
}

/**
 * Records the scores of all heads of a layer.
 *
 * @param last - Number of last tokens whose scores are recorded: a corner of the whole table; all by default.
 */
export function scoresRecorder(
  decoder: Decoder,
  layer: number,
  last?: number,
): Recorder<ScoreTable[]> {
  checkIndex('layer', layer, decoder.layers.length);
  const heads = Array.from({ length: decoder.config.nHead }, (_, head) => head);
  return headsRecorder(decoder, layer, heads, last);
}

/** Records the scores of one head. */
export function scoreRecorder(decoder: Decoder, { layer, head }: HeadIndex): Recorder<ScoreTable> {
  checkIndex('layer', layer, decoder.layers.length);
  checkIndex('head', head, decoder.config.nHead);
  const { watch, result } = headsRecorder(decoder, layer, [head]);
  return { watch, result: () => result()[0] };
}

/** Records the scores of some heads of a layer. */
function headsRecorder(
  decoder: Decoder,
  layer: number,
  heads: readonly number[],
  last?: number,
): Recorder<ScoreTable[]> {
  const cornerOf = (rows: Float32Array[], count: number): Float32Array[] =>
    rows.slice(-count).map((row) => row.slice(-count));
  const steps = new Map<string, Float32Array[][]>();
  return {
    watch: (step) => {
      if (step.block !== layer || !SCORE_STEPS.includes(step.step)) return;
      const of = step.step === 'attention.weights' ? 'weights' : 'scores';
      const all = tokenRows(step.value, of, decoder.layers[layer].attention);
      const own = heads.map((head) => (last === undefined ? all[head] : cornerOf(all[head], last)));
      steps.set(step.step, own);
    },
    result: () => {
      const [scores, masked, weights] = SCORE_STEPS.map((name) => steps.get(name) ?? []);
      return heads.map((_, i) => ({ scores: scores[i], masked: masked[i], weights: weights[i] }));
    },
  };
}

/**
 * Checks that an index is an integer from 0 to `count - 1`.
 *
 * @throws RangeError that names the index by `name` if it is not.
 */
export function checkIndex(name: string, index: number, count: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`${name}: expected an integer from 0 to ${count - 1}, got ${index}`);
  }
}

/** A recorder of one forward pass: `watch` receives each step, and `result` returns what was recorded. */
export interface Recorder<T> {
  readonly watch: Watch;
  readonly result: () => T;
}

/** Runs a prompt and returns a recorder's result. */
export function record<T>(model: Model, prompt: TokenPrompt, { watch, result }: Recorder<T>): T {
  watchModel(model, prompt, watch);
  return result();
}
