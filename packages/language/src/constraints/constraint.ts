import type { AnyDomain, Grammar } from '@ramble/core';
import { TokenMask } from '@ramble/core/domain';

import { Automaton, type Position, type StackSet } from './automaton.js';
import type { CheckedRules } from './check-rules.js';
import { type TokenTrie, type TokenTries, tokenTries } from './token-trie.js';

/** The vocabulary and the stop tokens of a domain of text. */
export type ConstrainedDomain = Pick<AnyDomain, 'vocabulary' | 'stopTokens'>;

/** Tokens that a rule allows by itself, whatever called it. */
interface LocalMask {
  /** Short tokens that the rest of the rule allows, up to its end. */
  readonly mask: TokenMask;
  /** Nodes of the trie of short tokens at which the rule may end, though tokens go on. */
  readonly exits: readonly number[];
}

/** Maximum number of bytes of the masks that are kept. */
const MASK_BYTES = 2 ** 25;
/** Number of tops of a state above which they are read through the trie together, because their beginnings are alike. */
const MANY_TOPS = 32;

/**
 * The tokens of a vocabulary that go on with a text of a grammar of bytes. A stop token may come where the text may
 * end. Masks are computed when a state is reached first. A rule is read through the trie only once, whatever called
 * it: only tokens that go on after its end depend on the caller. The few long tokens are read from each state, so that
 * counts in a rule matter only up to the length of short ones.
 *
 * @see Dong et al. 2024, XGrammar (tokens that do not depend on the stack), https://arxiv.org/abs/2411.15100
 * @see llguidance, docs/toktrie.md (the trie of a vocabulary)
 */
export class Constraint implements Grammar<unknown> {
  readonly #automaton: Automaton;
  readonly #tries: TokenTries;
  readonly #vocabulary: ConstrainedDomain['vocabulary'];
  readonly #stops: TokenMask;
  readonly #masks = new Map<StackSet, TokenMask>();
  readonly #locals = new Map<Position, LocalMask>();
  /** States on the path to the current node of the trie, by depth. */
  readonly #path: StackSet[] = [];
  readonly #dead: StackSet = { id: -1, accepts: false, tops: [], tails: [] };

  constructor(checked: CheckedRules, { vocabulary, stopTokens }: ConstrainedDomain) {
    this.#automaton = new Automaton(checked);
    this.#tries = tokenTries(vocabulary);
    this.#vocabulary = vocabulary;
    this.#stops = TokenMask.of(vocabulary.size, stopTokens);
  }

  start(): StackSet {
    return this.#automaton.start;
  }

  advance(given: unknown, id: number): StackSet {
    let state: StackSet | undefined = given as StackSet; // from `start` or `advance`
    const bytes = this.#vocabulary.bytes?.(id);
    if (!bytes) return this.#dead;
    for (let at = 0; at < bytes.length && state; at++) {
      state = this.#automaton.step(state, bytes[at]);
    }
    return state ?? this.#dead;
  }

  mustEnd(state: unknown): boolean {
    return (state as StackSet).tops.length === 0; // as above
  }

  allowed(given: unknown): TokenMask {
    const state = given as StackSet; // as above
    let mask = this.#masks.get(state);
    if (mask) return mask;
    const size = 4 * this.#stops.words.length * (this.#masks.size + this.#locals.size);
    if (this.#automaton.begin() || size > MASK_BYTES) {
      this.#masks.clear();
      this.#locals.clear();
    }
    mask = this.#maskOf(state);
    this.#masks.set(state, mask);
    return mask;
  }

  #maskOf(state: StackSet): TokenMask {
    const { accepts, tops, tails } = state;
    const { short, long } = this.#tries;
    const words = new Uint32Array(this.#stops.words.length);
    const add = (mask: TokenMask): void => {
      for (let at = 0; at < words.length; at++) words[at] |= mask.words[at];
    };
    this.#walk(long, words, state);
    if (accepts) add(this.#stops);
    if (tops.length > MANY_TOPS) {
      this.#walk(short, words, state);
      return new TokenMask(words);
    }
    for (const [at, top] of tops.entries()) {
      const { mask, exits } = this.#local(top);
      add(mask);
      if (exits.length === 0) continue;
      const after = this.#automaton.opened(tails[at]);
      if (after.tops.length > 0) for (const node of exits) this.#walk(short, words, after, node);
    }
    return new TokenMask(words);
  }

  /** Reads the trie of short tokens from a top, with nothing below it. */
  #local(top: Position): LocalMask {
    const automaton = this.#automaton;
    const clipped = automaton.clipped(top, this.#tries.short.depth);
    let local = this.#locals.get(clipped);
    if (!local) {
      const words = new Uint32Array(this.#stops.words.length);
      const exits: number[] = [];
      const alone = automaton.stateAt(clipped, automaton.bottom);
      this.#walk(this.#tries.short, words, alone, -1, exits);
      this.#locals.set(clipped, (local = { mask: new TokenMask(words), exits }));
    }
    return local;
  }

  /**
   * Adds the tokens below a node of a trie that a state allows.
   *
   * @param parent - A node, or -1 for the whole trie.
   * @param exits - Receives the nodes with others below them at which the stacks are empty.
   */
  #walk(trie: TokenTrie, words: Uint32Array, state: StackSet, parent = -1, exits?: number[]): void {
    const { bytes, depths, ends, tokens } = trie;
    const { twins } = this.#tries;
    const automaton = this.#automaton;
    const path = this.#path;
    path[parent < 0 ? 0 : depths[parent]] = state;
    const end = parent < 0 ? bytes.length : ends[parent];
    for (let node = parent + 1; node < end;) {
      const depth = depths[node];
      const next = automaton.step(path[depth - 1], bytes[node]);
      if (!next) {
        node = ends[node];
        continue;
      }
      for (let id = tokens[node]; id >= 0; id = twins[id]) words[id >> 5] |= 1 << (id & 31);
      if (exits && next.accepts && ends[node] > node + 1) exits.push(node);
      path[depth] = next;
      node = next.tops.length === 0 ? ends[node] : node + 1;
    }
  }
}
