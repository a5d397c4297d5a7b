import type { ModelConfig } from '../config/model-config.js';
import {
  copySlot,
  createKvCache,
  knownPositions,
  type KvCache,
  reserveTokens,
  resetSlot,
  truncateSlot,
} from '../model/kv-cache.js';
import { reorderSlots } from '../model/reorder-slots.js';
import {
  type ChunkedPrompt,
  type HeldPrompt,
  sharedChunks,
  sharedTokens,
  wholeChunks,
} from './prompt-chunks.js';

export interface SlotOptions {
  /** Number of slots. */
  readonly count: number;
  /** Number of positions of each slot; default: the model's context. */
  readonly capacity?: number;
  /** Number of prompt tokens that are read in one step. */
  readonly chunkSize: number;
}

/** Slots that a sequence has taken. */
interface TakenSlots {
  readonly slots: readonly number[];
  /** Number of tokens of the prompt that the first slot has. */
  readonly computedCount: number;
  /** Number of those that were read in whole parts. */
  readonly chunkedCount: number;
}

/** Tokens that a conversation may lose with its slot: the end of an answer that is tokenized anew. */
const SPARE_TOKENS = 16;

/** How much of a prompt a slot holds. */
interface Shared {
  readonly slot: number;
  readonly length: number;
}

/**
 * The slots of one cache. A slot that is free keeps what it holds until it is taken, so that a prompt that
 * begins like an earlier one, running or done, is not read again.
 */
export class SlotTable {
  readonly cache: KvCache;
  /** Number of prompt tokens that are read in one step. */
  readonly chunkSize: number;
  /** Whether there are layers that keep fewer positions than a sequence has. */
  readonly layersForget: boolean;
  /** The longest free first. */
  readonly #free: number[];
  readonly #held: (HeldPrompt | undefined)[];
  /** The slot that each slot of a beam goes on from, until the end of the step. */
  readonly #beamSources = new Map<number, number>();

  constructor(config: ModelConfig, { count, capacity, chunkSize }: SlotOptions) {
    this.cache = createKvCache(config, count, capacity);
    this.chunkSize = chunkSize;
    const { layouts, capacity: positions } = this.cache;
    this.layersForget = layouts.some(({ positionRows }) => positionRows < positions);
    this.#free = Array.from({ length: count }, (_, slot) => slot);
    this.#held = this.#free.map(() => undefined);
  }

  get freeCount(): number {
    return this.#free.length;
  }

  /**
   * Takes slots: first the free one that holds most of a prompt, then those that are free the longest.
   */
  take(width: number, prompt: ChunkedPrompt): TakenSlots {
    const isAtTokens = prompt.sharing === 'tokens' && !prompt.prefixLength;
    const { slot, length, chunkedCount } = isAtTokens
      ? this.#continueAfter(prompt)
      : inWholeChunks(this.#mostShared(this.#free, prompt));
    this.#free.splice(this.#free.indexOf(slot), 1);
    const others = this.#free.splice(0, width - 1);
    for (const other of others) this.clear(other);
    truncateSlot(this.cache, slot, length);
    this.#held[slot] = { prompt, chunkedCount, computedCount: length };
    return { slots: [slot, ...others], computedCount: length, chunkedCount };
  }

  /** Frees slots. */
  release(slots: readonly number[]): void {
    for (const slot of slots) this.#beamSources.delete(slot); // another may get it before the step ends
    this.#free.push(...slots);
  }

  /**
   * Gives a slot the most that any slot holds of a prompt in whole parts, if that is more than it has.
   *
   * @param computedCount - Tokens of the prompt that the slot has.
   * @returns the tokens that it has then.
   */
  adopt(slot: number, prompt: ChunkedPrompt, computedCount: number): number {
    const { slot: from, length } = this.#mostShared(this.#held.keys(), prompt);
    if (length <= computedCount) return computedCount;
    copySlot(this.cache, from, slot);
    truncateSlot(this.cache, slot, length);
    this.#held[slot] = { prompt, chunkedCount: length };
    return length;
  }

  /** Notes what a slot has of a prompt, and of what follows it. */
  hold(slot: number, held: HeldPrompt): void {
    this.#held[slot] = held;
  }

  /**
   * Gives a slot a prompt that another has read as a whole, as far as that one still knows it.
   *
   * @returns the tokens of it that the slot has then.
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
   * Reserves memory for new tokens in each slot. If there is too little, calls `fail` and then clears the
   * slots, because `fail` may note what they hold.
   *
   * @returns whether there is enough.
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

  /** Notes that a slot of a beam continues from another one at the end of the step. */
  setBeamSource(slot: number, source: number): void {
    if (slot !== source) this.#beamSources.set(slot, source);
  }

  /** Gives the slots of all beams at once what the beams have seen that they go on from. */
  reorderBeams(): void {
    if (this.#beamSources.size === 0) return;
    const { cache } = this;
    const all = Array.from(cache.lengths.keys(), (slot) => this.#beamSources.get(slot) ?? slot);
    this.#beamSources.clear();
    reorderSlots(cache, all);
  }

  /** Empties a slot. */
  clear(slot: number): void {
    resetSlot(this.cache, slot);
    this.#held[slot] = undefined;
  }

  /** Empties all slots. */
  clearAll(): void {
    for (const slot of this.#held.keys()) this.clear(slot);
  }

  /** The most of a prompt in whole parts, `length` tokens or fewer, from which a slot can go on. */
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

  /** The slot that shares most with a prompt, of several the first. */
  #mostShared(slots: Iterable<number>, prompt: ChunkedPrompt): Shared {
    return longest(
      Array.from(slots, (slot) => ({ slot, length: this.#sharedChunksWith(slot, prompt) })),
    );
  }

  /**
   * The free slot that goes on after what any slot shares with a prompt, at any token. A slot that holds
   * more than that stays as it is, for the conversation that it is of, while there is another.
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

function inWholeChunks(shared: Shared): Shared & { readonly chunkedCount: number } {
  return { ...shared, chunkedCount: shared.length };
}
