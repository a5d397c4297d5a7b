import type { ModelConfig } from '../config/model-config.js';
import {
  copySequence,
  createKvCache,
  knownPositions,
  type KvCache,
  reserveTokens,
  resetSequence,
  truncateSequence,
} from '../model/kv-cache.js';
import { reorderSequences } from '../model/reorder-sequences.js';
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

/**
 * The slots of one cache. A slot that is free keeps what it holds until it is taken, so that a prompt that
 * begins like an earlier one, running or done, is not read again.
 */
export class SlotTable {
  readonly cache: KvCache;
  /** Number of prompt tokens that are read in one step. */
  readonly partLength: number;
  /** Whether there are layers that keep fewer positions than a sequence has. */
  readonly layersForget: boolean;
  /** The longest free first. */
  readonly #free: number[];
  readonly #held: (HeldPrompt | undefined)[];
  /** The slot that each slot of a beam goes on from, until the end of the step. */
  readonly #survivors = new Map<number, number>();

  constructor(config: ModelConfig, { count, capacity, partLength }: SlotOptions) {
    this.cache = createKvCache(config, count, capacity);
    this.partLength = partLength;
    const { layouts, capacity: most } = this.cache;
    this.layersForget = layouts.some(({ positionRows }) => positionRows < most);
    this.#free = Array.from({ length: count }, (_, slot) => slot);
    this.#held = this.#free.map(() => undefined);
  }

  get freeCount(): number {
    return this.#free.length;
  }

  /**
   * Takes slots: first the free one that holds most of a prompt, then those that are free the longest.
   */
  take(width: number, prompt: PartedPrompt): TakenSlots {
    const isAtTokens = prompt.sharing === 'tokens' && !prompt.prefixLength;
    const { slot, length, parted } = isAtTokens
      ? this.#goOnAfter(prompt)
      : inWholeParts(this.#nearest(this.#free, prompt));
    this.#free.splice(this.#free.indexOf(slot), 1);
    const others = this.#free.splice(0, width - 1);
    for (const other of others) this.clear(other);
    truncateSequence(this.cache, slot, length);
    this.#held[slot] = { prompt, read: parted, length };
    return { slots: [slot, ...others], read: length, parted };
  }

  /** Frees slots. */
  release(slots: readonly number[]): void {
    for (const slot of slots) this.#survivors.delete(slot); // another may get it before the step ends
    this.#free.push(...slots);
  }

  /**
   * Gives a slot the most that any slot holds of a prompt in whole parts, if that is more than it has.
   *
   * @param read - Tokens of the prompt that the slot has.
   * @returns the tokens that it has then.
   */
  adopt(slot: number, prompt: PartedPrompt, read: number): number {
    const { slot: from, length } = this.#nearest(this.#held.keys(), prompt);
    if (length <= read) return read;
    copySequence(this.cache, from, slot);
    truncateSequence(this.cache, slot, length);
    this.#held[slot] = { prompt, read: length };
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
  copyPrompt(from: number, to: number, prompt: PartedPrompt): number {
    const { length } = prompt.tokens;
    const isWhole = knownPositions(this.cache, from, length) === length;
    const read = isWhole ? length : this.#knownParts(from, prompt, length);
    copySequence(this.cache, from, to);
    truncateSequence(this.cache, to, read);
    this.#held[to] = { prompt, read: Math.min(read, this.#held[from]?.read ?? 0), length: read };
    return read;
  }

  /**
   * Makes room for new tokens in each of these slots.
   *
   * @throws Error when there is no memory for them.
   */
  reserve(slots: readonly number[], count: number): void {
    for (const slot of slots) reserveTokens(this.cache, slot, count);
  }

  /** Notes that a slot of a beam continues from another one at the end of the step. */
  survive(slot: number, source: number): void {
    if (slot !== source) this.#survivors.set(slot, source);
  }

  /** Gives the slots of all beams at once what the beams have seen that they go on from. */
  giveToSurvivors(): void {
    if (this.#survivors.size === 0) return;
    const { cache } = this;
    const all = Array.from(cache.lengths.keys(), (slot) => this.#survivors.get(slot) ?? slot);
    this.#survivors.clear();
    reorderSequences(cache, all);
  }

  /** Empties a slot. */
  clear(slot: number): void {
    resetSequence(this.cache, slot);
    this.#held[slot] = undefined;
  }

  /** Empties all slots. */
  clearAll(): void {
    for (const slot of this.#held.keys()) this.clear(slot);
  }

  /** The most of a prompt in whole parts, `length` tokens or fewer, from which a slot can go on. */
  #knownParts(slot: number, prompt: PartedPrompt, length: number): number {
    const whole = wholeParts(prompt, length, this.partLength);
    const known = knownPositions(this.cache, slot, whole);
    return known === whole ? whole : this.#knownParts(slot, prompt, known);
  }

  #sharedWith(slot: number, prompt: PartedPrompt): number {
    const other = this.#held[slot];
    const shared = other ? sharedParts(other, prompt, this.partLength) : 0;
    return shared === 0 ? 0 : this.#knownParts(slot, prompt, shared);
  }

  #tokensSharedWith(slot: number, prompt: PartedPrompt): number {
    const other = this.#held[slot];
    const shared = other ? sharedTokens(other, prompt) : 0;
    return shared === 0 ? 0 : knownPositions(this.cache, slot, shared);
  }

  /** The slot that shares most with a prompt, of several the first. */
  #nearest(slots: Iterable<number>, prompt: PartedPrompt): Shared {
    return longest(Array.from(slots, (slot) => ({ slot, length: this.#sharedWith(slot, prompt) })));
  }

  /**
   * The free slot that goes on after what any slot shares with a prompt, at any token. A slot that holds
   * more than that stays as it is, for the conversation that it is of, while there is another.
   */
  #goOnAfter(prompt: PartedPrompt): Shared & { readonly parted: number } {
    const { slot: from, length } = longest(
      Array.from(this.#held.keys(), (slot) => ({
        slot,
        length: this.#tokensSharedWith(slot, prompt),
      })),
    );
    const read = Math.min(length, this.#held[from]?.read ?? 0);
    const parted = wholeParts(prompt, read, this.partLength);
    const isSpent = this.cache.lengths[from] - length <= SPARE_TOKENS;
    const slot = isSpent && this.#free.includes(from) ? from : this.#free[0];
    if (slot !== from && length > 0) copySequence(this.cache, from, slot);
    return { slot, length, parted };
  }
}

function longest(all: readonly Shared[]): Shared {
  return all.reduce((best, each) => (each.length > best.length ? each : best));
}

function inWholeParts(shared: Shared): Shared & { readonly parted: number } {
  return { ...shared, parted: shared.length };
}
