import type { Decoder } from '../model/decoder.js';
import {
  copySequence,
  createKvCache,
  knownPositions,
  type KvCache,
  resetSequence,
  truncateSequence,
} from '../model/kv-cache.js';
import {
  type HeldPrompt,
  type PartedPrompt,
  sharedParts,
  sharedTokens,
  wholeParts,
} from './prompt-parts.js';

export interface SlotOptions {
  /** Number of slots. */
  readonly count: number;
  /** Number of positions of each slot; default: the model's context. */
  readonly capacity?: number;
  /** Number of prompt tokens that are read in one step. */
  readonly partLength: number;
}

/**
 * The slots of one cache. A slot that is free keeps what it holds until it is taken, so that a prompt that
 * begins like an earlier one, running or done, is not read again.
 */
export interface CacheSlots {
  readonly cache: KvCache;
  readonly freeCount: number;
  /** Whether there are layers that keep fewer positions than a sequence has. */
  readonly layersForget: boolean;
  /**
   * Takes slots: first the free one that holds most of a prompt, then those that are free the longest.
   */
  take(width: number, prompt: PartedPrompt): TakenSlots;
  /** Frees slots. */
  release(slots: readonly number[]): void;
  /**
   * Gives a slot the most that any slot holds of a prompt in whole parts, if that is more than it has.
   *
   * @param read - Tokens of the prompt that the slot has.
   * @returns the tokens that it has then.
   */
  adopt(slot: number, prompt: PartedPrompt, read: number): number;
  /** Notes what a slot has of a prompt, and of what follows it. */
  hold(slot: number, held: HeldPrompt): void;
  /**
   * Gives a slot a prompt that another has read as a whole, as far as that one still knows it.
   *
   * @returns the tokens of it that the slot has then.
   */
  copyPrompt(from: number, to: number, prompt: PartedPrompt): number;
  /** Empties a slot, or all of them. */
  clear(slot?: number): void;
}

/** Slots that a sequence has taken. */
interface TakenSlots {
  readonly slots: readonly number[];
  /** Number of tokens of the prompt that the first slot has. */
  read: number;
  /** Number of those that were read in whole parts. */
  parted: number;
}

/** Tokens that a conversation may lose with its slot: the end of an answer that is tokenized anew. */
const SPARE_TOKENS = 16;

/** How much of a prompt a slot holds. */
interface Shared {
  readonly slot: number;
  readonly length: number;
}

/** Creates empty slots for a model. */
export function createCacheSlots(
  decoder: Decoder,
  { count, capacity, partLength }: SlotOptions,
): CacheSlots {
  const cache = createKvCache(decoder, count, capacity);
  /** The longest free first. */
  const free = Array.from({ length: count }, (_, slot) => slot);
  const held: (HeldPrompt | undefined)[] = free.map(() => undefined);

  const layersForget = cache.layouts.some(({ positionRows }) => positionRows < cache.capacity);

  /** The most of a prompt in whole parts, `length` tokens or fewer, from which a slot can go on. */
  const knownParts = (slot: number, prompt: PartedPrompt, length: number): number => {
    const whole = wholeParts(prompt, length, partLength);
    const known = knownPositions(cache, slot, whole);
    return known === whole ? whole : knownParts(slot, prompt, known);
  };
  const sharedWith = (slot: number, prompt: PartedPrompt): number => {
    const other = held[slot];
    const shared = other ? sharedParts(other, prompt, partLength) : 0;
    return shared === 0 ? 0 : knownParts(slot, prompt, shared);
  };
  const longest = (all: readonly Shared[]): Shared =>
    all.reduce((best, each) => (each.length > best.length ? each : best));
  /** The slot that shares most with a prompt, of several the first. */
  const nearest = (slots: Iterable<number>, prompt: PartedPrompt): Shared =>
    longest(Array.from(slots, (slot) => ({ slot, length: sharedWith(slot, prompt) })));
  const tokensSharedWith = (slot: number, prompt: PartedPrompt): number => {
    const other = held[slot];
    const shared = other ? sharedTokens(other, prompt) : 0;
    return shared === 0 ? 0 : knownPositions(cache, slot, shared);
  };
  /**
   * The free slot that goes on after what any slot shares with a prompt, at any token. A slot that holds
   * more than that stays as it is, for the conversation that it is of, while there is another.
   */
  const goOnAfter = (prompt: PartedPrompt): Shared & { readonly parted: number } => {
    const { slot: from, length } = longest(
      Array.from(held.keys(), (slot) => ({ slot, length: tokensSharedWith(slot, prompt) })),
    );
    const parted = wholeParts(prompt, Math.min(length, held[from]?.read ?? 0), partLength);
    const isSpent = cache.lengths[from] - length <= SPARE_TOKENS;
    const slot = isSpent && free.includes(from) ? from : free[0];
    if (slot !== from && length > 0) copySequence(cache, from, slot);
    return { slot, length, parted };
  };
  const clear = (slot: number): void => {
    resetSequence(cache, slot);
    held[slot] = undefined;
  };

  return {
    cache,
    layersForget,
    get freeCount() {
      return free.length;
    },
    take: (width, prompt) => {
      const isAtTokens = prompt.sharing === 'tokens' && !prompt.prefixLength;
      const { slot, length, parted } = isAtTokens
        ? goOnAfter(prompt)
        : inWholeParts(nearest(free, prompt));
      free.splice(free.indexOf(slot), 1);
      const others = free.splice(0, width - 1);
      for (const other of others) clear(other);
      truncateSequence(cache, slot, length);
      held[slot] = { prompt, read: parted, length };
      return { slots: [slot, ...others], read: length, parted };
    },
    release: (slots) => {
      free.push(...slots);
    },
    adopt: (slot, prompt, read) => {
      const { slot: from, length } = nearest(held.keys(), prompt);
      if (length <= read) return read;
      copySequence(cache, from, slot);
      truncateSequence(cache, slot, length);
      held[slot] = { prompt, read: length };
      return length;
    },
    hold: (slot, what) => {
      held[slot] = what;
    },
    copyPrompt: (from, to, prompt) => {
      const { length } = prompt.tokens;
      const isWhole = knownPositions(cache, from, length) === length;
      const read = isWhole ? length : knownParts(from, prompt, length);
      copySequence(cache, from, to);
      truncateSequence(cache, to, read);
      held[to] = { prompt, read: Math.min(read, held[from]?.read ?? 0), length: read };
      return read;
    },
    clear: (slot) => {
      for (const each of slot === undefined ? held.keys() : [slot]) clear(each);
    },
  };
}

function inWholeParts(shared: Shared): Shared & { readonly parted: number } {
  return { ...shared, parted: shared.length };
}
