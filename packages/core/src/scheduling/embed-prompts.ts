import type { TokenPrompt } from '../domain/domain.js';
import { forward, type TokenBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { checkInUse } from '../model/model-in-use.js';
import { packRows } from '../model/row-packing.js';
import { checkSetting } from '../settings/check-settings.js';
import { type ConfigOf, POSITIVE_COUNT, type Setting } from '../settings/settings.js';
import { nextTurn } from './generation.js';

/** The table of settings of embeddings: flags of the command line and fields of the server's requests. */
export const EMBEDDING_SETTINGS = {
  pooling: {
    kind: 'choice',
    basic: true,
    choices: ['mean', 'last'],
    default: 'mean',
    description: "The mean of the prompt's hidden states, or the last of them.",
  },
  dimensions: {
    ...POSITIVE_COUNT,
    basic: true,
    derived: "the model's width",
    description: 'Number of first dimensions to keep; the vector has length 1 again afterwards.',
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** Options of `embedPrompts`. */
export interface EmbedOptions extends Partial<ConfigOf<typeof EMBEDDING_SETTINGS>> {
  /** Signal that ends the work between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Maximum number of tokens of a batch, unless a single prompt is longer. Other work of the process runs between two
 * batches.
 */
const BATCH_TOKENS = 512;

/**
 * Computes an embedding of each prompt: its hidden states after the final norm, pooled and divided by the L2 norm.
 * Prompts of similar length share a batch; each vector is the same as it would be alone.
 *
 * @returns the vectors, `[dimensions]` each, in the order of the prompts.
 * @throws TypeError or RangeError that names a wrong option, or the number of a prompt that is empty or longer than
 *   the context, with its number of tokens; the signal's reason if it aborts.
 */
export async function embedPrompts(
  model: Model,
  prompts: readonly TokenPrompt[],
  { pooling = 'mean', dimensions, signal }: EmbedOptions = {},
): Promise<Float32Array[]> {
  const { contextLength, nEmbd } = model.config;
  checkSetting('pooling', EMBEDDING_SETTINGS.pooling, pooling);
  const kept = dimensions ?? nEmbd;
  checkSetting('dimensions', { ...EMBEDDING_SETTINGS.dimensions, max: nEmbd }, kept);
  prompts.forEach(({ tokens: { length } }, i) => {
    if (length > 0 && length <= contextLength) return;
    throw new RangeError(
      `prompts: expected 1 to ${contextLength} tokens (contextLength), got ${length} in prompt ${i + 1}`,
    );
  });
  const vectors: Float32Array[] = [];
  for (const batch of batchesOf(prompts)) {
    await nextTurn();
    signal?.throwIfAborted();
    checkInUse(model);
    const pooled = poolStates(model, batch.map((i) => prompts[i]), pooling); // prettier-ignore
    pooled.forEach((vector, i) => (vectors[batch[i]] = normalized(vector.subarray(0, kept))));
  }
  return vectors;
}

/** Groups the indices of prompts of similar length. */
function batchesOf(prompts: readonly TokenPrompt[]): number[][] {
  const lengthOf = (i: number): number => prompts[i].tokens.length;
  const sorted = Array.from(prompts.keys()).sort((a, b) => lengthOf(a) - lengthOf(b));
  const batches: number[][] = [];
  for (const i of sorted) {
    const last = batches.at(-1);
    if (last && (last.length + 1) * lengthOf(i) <= BATCH_TOKENS) last.push(i);
    else batches.push([i]);
  }
  return batches;
}

/** Computes a batch, and returns the pooled states of each prompt, `[C]`. */
function poolStates(
  { decoder, parameters }: Model,
  prompts: readonly TokenPrompt[],
  pooling: 'mean' | 'last',
): Float64Array[] {
  const lengths = Int32Array.from(prompts, ({ tokens }) => tokens.length);
  const T = Math.max(...lengths);
  const tokens = new Int32Array(prompts.length * T);
  prompts.forEach((prompt, row) => tokens.set(Array.from(prompt.tokens), row * T));
  const prefixLengths = Int32Array.from(prompts, ({ prefixLength = 0 }) => prefixLength);
  const padded: TokenBatch = { tokens, batchSize: prompts.length, lengths, prefixLengths };
  const packing = packRows(padded);
  const { activations } = parameters;
  const hidden = forward(decoder, parameters.tensors(), { ...padded, packing }, { activations });
  const states = hidden.dataSync<'float32'>(); // [N, C]
  const [, C] = hidden.shape;
  hidden.dispose();
  return prompts.map((_, row) => {
    const first = pooling === 'mean' ? 0 : lengths[row] - 1;
    const sum = new Float64Array(C);
    for (let t = first; t < lengths[row]; t++) {
      const at = (packing ? packing.places[row * T + t] : row * T + t) * C;
      for (let c = 0; c < C; c++) sum[c] += states[at + c];
    }
    return sum; // the mean, up to a factor, which the norm removes
  });
}

/** Returns a vector divided by its L2 norm; zeros stay zeros. */
function normalized(vector: Float64Array): Float32Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return Float32Array.from(vector, (value) => (norm > 0 ? value / norm : 0));
}
