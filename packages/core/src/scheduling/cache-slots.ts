import {
  copySequence,
  createKvCache,
  knownPositions,
  type KvCache,
  resetSequence,
  truncateSequence,
} from '../model/kv-cache.js';
import type { ModelConfig } from '../config/model-config.js';
import { type HeldPrompt, type PartedPrompt, sharedParts, wholeParts } from './prompt-parts.js';

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
   *
   * @returns the slots, and how many tokens of the prompt the first one has.
   */
  take(width: number, prompt: PartedPrompt): { readonly slots: readonly number[]; read: number };
  /** Frees slots. */
  release(slots: readonly number[]): void;
  /**
   * Gives a slot the most that any slot holds of a prompt in whole parts, if that is more than it has.
   *
   * @param read - Tokens of the prompt that the slot has.
   * @returns the tokens that it has then.
   */
  adopt(slot: number, prompt: PartedPrompt, read: number): number;
  /** Notes what a slot has of a prompt that is read in parts. */
  hold(slot: number, prompt: PartedPrompt, read: number): void;
  /**
   * Gives a slot a prompt that another has read as a whole, as far as that one still knows it.
   *
   * @returns the tokens of it that the slot has then.
   */
  copyPrompt(from: number, to: number, prompt: PartedPrompt): number;
  /** Empties a slot, or all of them. */
  clear(slot?: number): void;
}

/** How much of a prompt a slot holds. */
interface Shared {
  readonly slot: number;
  readonly length: number;
}

/** Creates empty slots for a model. */
export function createCacheSlots(
  config: ModelConfig,
  { count, capacity, partLength }: SlotOptions,
): CacheSlots {
  const cache = createKvCache(config, count, capacity);
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
  /** The slot that shares most with a prompt, of several the first. */
  const nearest = (slots: Iterable<number>, prompt: PartedPrompt): Shared =>
    Array.from(slots, (slot): Shared => ({ slot, length: sharedWith(slot, prompt) })).reduce(
      (best, each) => (each.length > best.length ? each : best),
    );
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
      const { slot, length } = nearest(free, prompt);
      free.splice(free.indexOf(slot), 1);
      const others = free.splice(0, width - 1);
      for (const other of others) clear(other);
      truncateSequence(cache, slot, length);
      held[slot] = { prompt, read: length };
      return { slots: [slot, ...others], read: length };
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
    hold: (slot, prompt, read) => {
      held[slot] = { prompt, read };
    },
    copyPrompt: (from, to, prompt) => {
      const { length } = prompt.tokens;
      const isWhole = knownPositions(cache, from, length) === length;
      const read = isWhole ? length : knownParts(from, prompt, length);
      copySequence(cache, from, to);
      truncateSequence(cache, to, read);
      held[to] = { prompt, read };
      return read;
    },
    clear: (slot) => {
      for (const each of slot === undefined ? held.keys() : [slot]) clear(each);
    },
  };
}
