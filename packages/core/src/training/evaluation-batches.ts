import type { TokenExample } from '../domain/domain.js';
import { memoryTokens, type TokenSource } from '../files/bytes.js';
import type { TrainingBatch } from '../model/forward.js';
import { type ExampleSource, packExamples } from './example-batches.js';

/** Options for cutting a stream of tokens into evaluation windows. */
export interface WindowOptions {
  readonly contextLength: number;
  readonly batchSize: number;
  /**
   * Number of tokens from one window's start to the next; `contextLength` by default. With a smaller stride,
   * every counted token has more context, and evaluation takes more time.
   */
  readonly stride?: number;
}

/**
 * Yields windows over a long sequence of tokens in which every token except the first counts once.
 *
 * @throws RangeError if there are fewer than two tokens, or if the stride is not 1 to `contextLength`.
 */
export async function* windowBatches(
  source: TokenSource,
  { contextLength, batchSize, stride = contextLength }: WindowOptions,
): AsyncGenerator<TrainingBatch> {
  if (source.length < 2) {
    throw new RangeError(`validation data: expected at least 2 tokens, got ${source.length}`);
  }
  const weights = { length: source.length }; // all 1
  yield* packed(cutWindows(source, weights, contextLength, stride), contextLength, batchSize);
}

/**
 * Yields every piece from its beginning to its end in windows. A window never crosses into another piece.
 *
 * @throws RangeError if the stride is not 1 to `contextLength`.
 */
export async function* pieceWindows(
  source: ExampleSource,
  { contextLength, batchSize, stride = contextLength }: WindowOptions,
): AsyncGenerator<TrainingBatch> {
  async function* windows(): AsyncGenerator<TokenExample> {
    for (let i = 0; i < source.length; i++) {
      const { tokens, lossWeights } = await source.read(i);
      yield* cutWindows(memoryTokens(tokens), lossWeights, contextLength, stride);
    }
  }
  yield* packed(windows(), contextLength, batchSize);
}

async function* cutWindows(
  source: TokenSource,
  lossWeights: Partial<ArrayLike<number>>,
  contextLength: number,
  stride: number,
): AsyncGenerator<TokenExample> {
  if (!Number.isInteger(stride) || stride < 1 || stride > contextLength) {
    throw new RangeError(`stride: expected an integer from 1 to ${contextLength}, got ${stride}`);
  }
  let counted = 1; // index of the first token that is not counted yet
  for (let start = 0; counted < source.length; start += stride) {
    const tokens = await source.read(start, Math.min(contextLength + 1, source.length - start));
    const fresh = counted - start;
    const weights = Float32Array.from(tokens, (_, i) => {
      return i >= fresh ? (lossWeights[start + i] ?? 1) : 0;
    });
    yield { tokens, lossWeights: weights };
    counted = start + tokens.length;
  }
}

async function* packed(
  examples: AsyncIterable<TokenExample>,
  contextLength: number,
  batchSize: number,
): AsyncGenerator<TrainingBatch> {
  let rows: TokenExample[] = [];
  for await (const example of examples) {
    rows.push(example);
    if (rows.length < batchSize) continue;
    yield packExamples(rows, contextLength);
    rows = [];
  }
  if (rows.length > 0) yield packExamples(rows, contextLength);
}

/**
 * Yields batches of all examples, each once. Examples of similar length share a batch, which then needs little
 * padding. The longest come first, so that estimates of the time left are too high rather than too low.
 */
export async function* sortedBatches(
  source: ExampleSource,
  { contextLength, batchSize }: Omit<WindowOptions, 'stride'>,
): AsyncGenerator<TrainingBatch> {
  const lengths = Array.from({ length: source.length }, (_, i) => source.lengthOf(i));
  const order = [...lengths.keys()].sort((a, b) => lengths[b] - lengths[a]);
  for (let start = 0; start < order.length; start += batchSize) {
    const examples = order.slice(start, start + batchSize).map((i) => source.read(i));
    yield packExamples(await Promise.all(examples), contextLength);
  }
}

/** Options for choosing some of the batches. */
export interface SpreadOptions {
  /** Number of all batches. */
  readonly total: number;
  /** Maximum number of batches to choose; 0 for all. */
  readonly count: number;
}

/**
 * Yields some of the validation batches, the same at each call. They are evenly spread over all batches, so
 * that they represent the whole. Batches that continue one another are taken from the beginning.
 */
export async function* spreadBatches(
  batches: AsyncIterable<TrainingBatch>,
  { total, count }: SpreadOptions,
): AsyncGenerator<TrainingBatch> {
  const taken = spreadCount({ total, count });
  let index = 0;
  let given = 0;
  for await (const batch of batches) {
    if (given === taken) return;
    const isContinued = batch.continues !== undefined;
    // Chooses the middle batch of each of `count` equal parts.
    const next = isContinued ? index : Math.floor(((given + 0.5) * total) / taken);
    if (index++ < next) continue;
    given++;
    yield batch;
  }
}

/** Returns the number of batches that `spreadBatches` chooses. */
export function spreadCount({ total, count }: SpreadOptions): number {
  return count === 0 ? total : Math.min(total, count);
}

/** A loss per unit of the data, such as a character or a word, to compare models with different tokens. */
export interface UnitScore {
  readonly kind: 'bits' | 'perplexity' | 'nats';
  readonly unit: string;
  readonly value: number;
}

/** Units of music, whose losses are reported in nats by convention. */
const IN_NATS = ['note', 'second'];

/**
 * Converts a loss to a score per unit: a perplexity for words, nats for units of music, and bits for all others.
 *
 * @param nats - Sum of the losses of all tokens, in nats.
 * @param units - Number of units that the tokens encode, by the unit's name, such as `word`.
 */
export function unitScores(nats: number, units: Readonly<Record<string, number>>): UnitScore[] {
  return Object.entries(units)
    .filter(([, count]) => count > 0)
    .map(([unit, count]): UnitScore => {
      const value = nats / count;
      if (unit === 'word') return { kind: 'perplexity', unit, value: Math.exp(value) };
      if (IN_NATS.includes(unit)) return { kind: 'nats', unit, value };
      return { kind: 'bits', unit, value: value / Math.LN2 };
    });
}
