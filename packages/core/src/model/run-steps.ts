import type { ParameterStore } from '../parameters/parameter-store.js';
import type { Feed } from './cache-memory.js';
import type { KvCache } from './kv-cache.js';
import { hasPositionTables } from './lower-adapters.js';
import type { Model } from './model-in-use.js';
import { type SharedPositions, type StepFeed, storeNumber, stepRunnerOf } from './step-runners.js';

/** Maximum number of rows of a step, which limits the memory for a long prompt. */
const MAX_ROWS = 128;

/** A range of the tokens of a feed, which are computed in one step. */
interface Part {
  readonly feed: Feed;
  readonly from: number;
  readonly end: number;
}

/**
 * Computes the feeds, which are new tokens of sequences in the cache, in steps of at most `MAX_ROWS` tokens. Feeds
 * with different adapters share steps, except in models with tables of positions.
 *
 * @param model - A model with a step runner.
 * @param logits - Receives the logits after the last token of each feed, or after all its tokens.
 */
export function runSteps(
  model: Model,
  cache: KvCache,
  given: readonly Feed[],
  wanted: 'last' | 'all',
  logits: Float32Array,
): void {
  const { hasPrefix, config } = model.decoder;
  const feeds = hasPrefix ? given : given.map((feed) => ({ ...feed, prefixLength: undefined }));
  const storeOf = ({ model: { parameters } = model }: Feed): ParameterStore => parameters;
  const isApart = (a: Feed, b: Feed): boolean =>
    storeOf(a) !== storeOf(b) && hasPositionTables(model.decoder);
  let done = 0;
  for (const parts of stepsOf(feeds, isApart)) {
    const stores = [...new Set(parts.map(({ feed }) => storeOf(feed)))];
    stores.sort((a, b) => storeNumber(a) - storeNumber(b));
    const rows = parts.reduce((sum, { from, end }) => sum + end - from, 0);
    const [tokens, positions] = [new Int32Array(rows), new Int32Array(rows)];
    const tableRows = stores.length > 1 ? new Int32Array(rows) : positions;
    const stepFeeds: StepFeed[] = [];
    const wantedRows: number[] = [];
    let row = 0;
    for (const { feed, from, end } of parts) {
      const past = cache.lengths[feed.slot] + from;
      const prefixLength = from === 0 ? (feed.prefixLength ?? 0) : 0;
      const storage = cache.storage[feed.slot];
      const shared = sharedWith(stepFeeds, cache, storage, past);
      stepFeeds.push({ storage, firstRow: row, count: end - from, past, prefixLength, shared });
      if (stores.length > 1) tableRows.fill(stores.indexOf(storeOf(feed)), row, row + end - from);
      for (let t = from; t < end; t++, row++) {
        tokens[row] = feed.tokens[t];
        positions[row] = past + t - from;
        if (wanted === 'all' || t === feed.tokens.length - 1) wantedRows.push(row);
      }
    }
    const size = wantedRows.length * config.vocabSize;
    const run = stepRunnerOf(model, stores);
    run?.({
      tokens,
      positions,
      tableRows,
      feeds: stepFeeds,
      cache,
      wanted: Int32Array.from(wantedRows),
      logits: logits.subarray(done, (done += size)),
    });
  }
}

/**
 * Returns the positions at the start of a storage that it shares with the storage of an earlier feed. If several
 * feeds share positions, the result is for the feed that reads the most of them from its own storage. Models with
 * layers that overwrite positions share none.
 */
function sharedWith(
  feeds: readonly StepFeed[],
  { batchSize, capacity, layouts, shared }: KvCache,
  storage: number,
  past: number,
): SharedPositions {
  let best: SharedPositions = { storage, count: 0 };
  if (layouts.some(({ positionRows }) => positionRows < capacity)) return best;
  let max = 0;
  for (const other of feeds) {
    const count = Math.min(past, shared[storage * batchSize + other.storage]);
    const own = count - other.shared.count;
    if (own > max) [best, max] = [{ storage: other.storage, count }, own];
  }
  return best;
}

/**
 * Cuts feeds into steps of at most `MAX_ROWS`. Tokens of a prefix, which see one another, stay in one step.
 *
 * @param isApart - Whether two feeds cannot be in one step.
 */
function* stepsOf(
  feeds: readonly Feed[],
  isApart: (a: Feed, b: Feed) => boolean,
): Generator<Part[]> {
  let parts: Part[] = [];
  let room = MAX_ROWS;
  for (const feed of feeds) {
    for (let from = 0; from < feed.tokens.length;) {
      const min = from === 0 ? Math.max(1, feed.prefixLength ?? 0) : 1;
      if (parts.length > 0 && (min > room || isApart(parts[0].feed, feed))) {
        yield parts;
        [parts, room] = [[], MAX_ROWS];
      }
      const end = Math.min(feed.tokens.length, from + Math.max(room, min));
      parts.push({ feed, from, end });
      room -= end - from;
      from = end;
    }
  }
  if (parts.length > 0) yield parts;
}
