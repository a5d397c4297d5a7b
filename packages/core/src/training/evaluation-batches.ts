import type { TokenExample } from '../domain/domain.js';
import type { TokenSource } from '../files/token-source.js';
import type { TrainingBatch } from '../model/forward.js';
import type { ExampleSource } from './example-batches.js';
import { packExamples } from './pack-examples.js';

export interface WindowOptions {
  readonly contextLength: number;
  readonly batchSize: number;
  /**
   * Tokens from one window's start to the next; `contextLength` unless given. A smaller stride shows
   * every counted token more of what came before it, and costs more.
   */
  readonly stride?: number;
}

/**
 * A long run of tokens in windows, every token but the first counted once: the whole text, and the
 * same numbers each time.
 *
 * @throws RangeError when there are fewer than two tokens or the stride is not 1 to `contextLength`.
 */
export async function* windowBatches(
  source: TokenSource,
  { contextLength, batchSize, stride = contextLength }: WindowOptions,
): AsyncGenerator<TrainingBatch> {
  if (source.length < 2) {
    throw new RangeError(`validation data: expected at least 2 tokens, got ${source.length}`);
  }
  if (!Number.isInteger(stride) || stride < 1 || stride > contextLength) {
    throw new RangeError(`stride: expected an integer from 1 to ${contextLength}, got ${stride}`);
  }
  let counted = 1; // tokens before this one need no prediction any more
  let rows: TokenExample[] = [];
  for (let start = 0; counted < source.length; start += stride) {
    const tokens = await source.read(start, Math.min(contextLength + 1, source.length - start));
    const fresh = counted - start;
    rows.push({ tokens, lossWeights: Float32Array.from(tokens, (_, i) => (i >= fresh ? 1 : 0)) });
    counted = start + tokens.length;
    if (rows.length === batchSize || counted === source.length) {
      yield packExamples(rows, contextLength);
      rows = [];
    }
  }
}

/** Every example once, in order. */
export async function* orderedBatches(
  source: ExampleSource,
  { contextLength, batchSize }: Omit<WindowOptions, 'stride'>,
): AsyncGenerator<TrainingBatch> {
  for (let start = 0; start < source.length; start += batchSize) {
    const count = Math.min(batchSize, source.length - start);
    const examples = Array.from({ length: count }, (_, i) => source.read(start + i));
    yield packExamples(await Promise.all(examples), contextLength);
  }
}
