import type { Decoder } from '../model/decoder.js';
import {
  copySlot,
  createKvCache,
  knownPositions,
  type KvCache,
  reserveTokens,
  resetSlot,
  truncateSlot,
} from '../model/kv-cache.js';
import { reorderSlots } from '../model/move-slots.js';
import type { ActiveSequence } from './scheduled-sequence.js';
import {
  type ChunkedPrompt,
  type HeldPrompt,
  sharedChunks,
  sharedTokens,
  wholeChunks,
} from './prompt-chunks.js';

/** Slots that were assigned to a sequence, and the number of prompt tokens that the first slot already contains. */
type Taken = Pick<ActiveSequence, 'slots' | 'computedCount' | 'chunkedCount'>;

/**
 * Maximum number of tokens that a prompt may remove from the end of the slot that it continues. The end of an answer
 * may be tokenized differently when it returns in the next prompt of a conversation.
 */
const SPARE_TOKENS = 16;

/** A slot, and the number of tokens at the start of a prompt that it contains. */
interface Shared {
  readonly slot: number;
  readonly length: number;
}

/**
 * The slots of one cache and their contents. A free slot keeps its contents until it is taken, so that the
 * common start of two prompts is read once, even if the first request is done.
 */
export class SlotTable {
  readonly cache: KvCache;
  /** Whether some layers keep fewer positions than a sequence may have. */
  readonly layersForget: boolean;
  /** Free slots; the one that was freed first comes first. */
  readonly #free: number[];
  readonly #held: (HeldPrompt | undefined)[];
  /** Slot whose contents each beam's slot receives at the next `reorderBeams`. */
  readonly #beamSources = new Map<number, number>();

  /**
   * Creates a table of free slots.
   *
   * @param count - Number of slots.
   * @param chunkSize - Number of tokens in a chunk of a prompt.
   * @param capacity - Maximum number of positions of a slot; default: the model's context.
   */
  constructor(
    decoder: Decoder,
    count: number,
    readonly chunkSize: number,
    capacity?: number,
  ) {
    this.cache = createKvCache(decoder, count, capacity);
    const { layouts, capacity: positions } = this.cache;
    this.layersForget = layouts.some(({ positionRows }) => positionRows < positions);
    this.#free = Array.from({ length: count }, (_, slot) => slot);
    this.#held = this.#free.map(() => undefined);
  }

  /** Number of free slots. */
  get freeCount(): number {
    return this.#free.length;
  }

  /**
   * Takes free slots for a sequence: first the slot that already contains the longest start of its prompt, then the
   * slots that were freed first.
   *
   * @param width - Number of slots; at most `freeCount`.
   */
  take(width: number, prompt: ChunkedPrompt): Taken {
    const isAtTokens = prompt.sharing === 'tokens' && !prompt.prefixLength;
    const shared: Shared & { readonly chunkedCount?: number } = isAtTokens
      ? this.#continueAfter(prompt)
      : this.#mostShared(this.#free, prompt);
    const { slot, length, chunkedCount = length } = shared;
    this.#free.splice(this.#free.indexOf(slot), 1);
    const others = this.#free.splice(0, width - 1);
    for (const other of others) this.clear(other);
    truncateSlot(this.cache, slot, length);
    this.#held[slot] = { prompt, chunkedCount, computedCount: length };
    return { slots: [slot, ...others], computedCount: length, chunkedCount };
  }

  /** Frees slots, which keep their contents. */
  release(slots: readonly number[]): void {
    for (const slot of slots) this.#beamSources.delete(slot); // another sequence may take it before the next reordering
    this.#free.push(...slots);
  }

  /**
   * Copies the start of a prompt, in whole chunks, from the slot that contains the longest start of it, if the given
   * slot contains less.
   *
   * @param computedCount - Number of prompt tokens in the given slot.
   * @returns the number of prompt tokens in the given slot afterwards.
   */
  adopt(slot: number, prompt: ChunkedPrompt, computedCount: number): number {
    const { slot: from, length } = this.#mostShared(this.#held.keys(), prompt);
    if (length <= computedCount) return computedCount;
    copySlot(this.cache, from, slot);
    truncateSlot(this.cache, slot, length);
    this.#held[slot] = { prompt, chunkedCount: length };
    return length;
  }

  /** Records the tokens that a slot contains from now on. */
  hold(slot: number, held: HeldPrompt): void {
    this.#held[slot] = held;
  }

  /**
   * Copies a prompt from the slot `from`, which has read all of it, to the slot `to`: the whole prompt, or the part
   * that the slot `from` still contains.
   *
   * @returns the number of prompt tokens in the slot `to` afterwards.
   */
  copyPrompt(from: number, to: number, prompt: ChunkedPrompt): number {
    const { length } = prompt.tokens;
    const isWhole = knownPositions(this.cache, from, length) === length;
    const computedCount = isWhole ? length : this.#knownChunks(from, prompt, length);
    copySlot(this.cache, from, to);
    truncateSlot(this.cache, to, computedCount);
    const chunkedCount = Math.min(computedCount, this.#held[from]?.chunkedCount ?? 0);
    this.#held[to] = { prompt, chunkedCount, computedCount };
    return computedCount;
  }

  /**
   * Reserves memory for new tokens in each slot. If there is too little, calls `fail`, which may record the
   * contents of the slots, and then clears them.
   *
   * @returns whether there is enough memory.
   */
  reserve(slots: readonly number[], count: number, fail: (error: unknown) => void): boolean {
    try {
      for (const slot of slots) reserveTokens(this.cache, slot, count);
      return true;
    } catch (error) {
      fail(error);
      for (const slot of slots) this.clear(slot);
      return false;
    }
  }

  /** Records that a beam's slot continues from another slot of its search. */
  setBeamSource(slot: number, source: number): void {
    if (slot !== source) this.#beamSources.set(slot, source);
  }

  /** Reorders the slots of all beams at once, by their recorded sources. */
  reorderBeams(): void {
    if (this.#beamSources.size === 0) return;
    const { cache } = this;
    const all = Array.from(cache.lengths.keys(), (slot) => this.#beamSources.get(slot) ?? slot);
    this.#beamSources.clear();
    reorderSlots(cache, all);
  }

  /** Clears a slot. */
  clear(slot: number): void {
    resetSlot(this.cache, slot);
    this.#held[slot] = undefined;
  }

  /** Clears all slots. */
  clearAll(): void {
    for (const slot of this.#held.keys()) this.clear(slot);
  }

  /** Returns the number of tokens, at most `length` and in whole chunks, after which a slot can be continued. */
  #knownChunks(slot: number, prompt: ChunkedPrompt, length: number): number {
    const whole = wholeChunks(prompt, length, this.chunkSize);
    const known = knownPositions(this.cache, slot, whole);
    return known === whole ? whole : this.#knownChunks(slot, prompt, known);
  }

  #sharedChunksWith(slot: number, prompt: ChunkedPrompt): number {
    const other = this.#held[slot];
    const shared = other ? sharedChunks(other, prompt, this.chunkSize) : 0;
    return shared === 0 ? 0 : this.#knownChunks(slot, prompt, shared);
  }

  #sharedTokensWith(slot: number, prompt: ChunkedPrompt): number {
    const other = this.#held[slot];
    const shared = other ? sharedTokens(other, prompt) : 0;
    return shared === 0 ? 0 : knownPositions(this.cache, slot, shared);
  }

  /** Returns the slot that shares the most whole chunks with a prompt; the first on a tie. */
  #mostShared(slots: Iterable<number>, prompt: ChunkedPrompt): Shared {
    return longest(
      Array.from(slots, (slot) => ({ slot, length: this.#sharedChunksWith(slot, prompt) })),
    );
  }

  /**
   * Returns a free slot with the longest start of a prompt that any slot has, cut at any token. The start is
   * copied to another free slot if its own slot is in use or contains a longer conversation.
   */
  #continueAfter(prompt: ChunkedPrompt): Shared & { readonly chunkedCount: number } {
    const { slot: from, length } = longest(
      Array.from(this.#held.keys(), (slot) => ({
        slot,
        length: this.#sharedTokensWith(slot, prompt),
      })),
    );
    const chunked = Math.min(length, this.#held[from]?.chunkedCount ?? 0);
    const chunkedCount = wholeChunks(prompt, chunked, this.chunkSize);
    const isSpent = this.cache.lengths[from] - length <= SPARE_TOKENS;
    const slot = isSpent && this.#free.includes(from) ? from : this.#free[0];
    if (slot !== from && length > 0) copySlot(this.cache, from, slot);
    return { slot, length, chunkedCount };
  }
}

function longest(all: readonly Shared[]): Shared {
  return all.reduce((best, each) => (each.length > best.length ? each : best));
}
