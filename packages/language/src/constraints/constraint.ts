import type { AnyDomain, Grammar } from '@ramble/core';
import { TokenMask } from '@ramble/core/domain';

import { Automaton, type Position, type StackSet } from './automaton.js';
import type { CheckedRules } from './check-rules.js';
import { specialBytes, type TokenTrie, tokenTries } from './token-trie.js';

/** The vocabulary and the stop tokens of a domain of text. */
export type ConstrainedDomain = Pick<AnyDomain, 'vocabulary' | 'stopTokens'>;

/** Tokens that the rest of a rule allows, whichever rule called it. */
interface LocalMask {
  /** Tokens that fit into the rest of the rule completely. */
  readonly mask: TokenMask;
  /**
   * Trie nodes at which the rule may end before the token does. Whether longer tokens are allowed depends on the
   * caller.
   */
  readonly exits: readonly number[];
}

/** Maximum number of bytes of cached masks. */
const MASK_BYTES = 2 ** 25;
/**
 * A state with more tops than this is matched with the trie as a whole instead of top by top, because its tops usually
 * begin with the same bytes.
 */
const MANY_TOPS = 32;

/**
 * Masks the tokens of a vocabulary by a grammar of bytes. A stop token is allowed if the text may end. The mask of a
 * state is computed when it is first needed. Each rule is matched with the trie of tokens only once, whichever rule
 * calls it: only tokens that continue after the rule's end depend on the caller. Repetition counts matter only up to
 * the length of a token, so the few long tokens have a separate trie.
 *
 * @see Dong et al. 2024, XGrammar (tokens that do not depend on the stack), https://arxiv.org/abs/2411.15100
 * @see llguidance, docs/toktrie.md (the trie of a vocabulary)
 */
export class Constraint implements Grammar<unknown> {
  readonly #automaton: Automaton;
  /**
   * The tries of short and of long tokens, each with its cached masks by state; the state is simplified for the longest
   * token of the trie.
   */
  readonly #tries: readonly (readonly [TokenTrie, Map<StackSet, LocalMask>])[];
  readonly #twins: Int32Array;
  readonly #vocabulary: ConstrainedDomain['vocabulary'];
  readonly #stops: TokenMask;
  readonly #masks = new Map<StackSet, TokenMask>();
  /** States at the nodes from the root to the current one, indexed by depth. */
  readonly #path: StackSet[] = [];
  readonly #dead: StackSet = { id: -1, accepts: false, tops: [], tails: [] };

  constructor(checked: CheckedRules, { vocabulary, stopTokens }: ConstrainedDomain) {
    this.#automaton = new Automaton(checked);
    const { short, long, twins } = tokenTries(vocabulary);
    this.#tries = [short, long].map((trie) => [trie, new Map()]);
    this.#twins = twins;
    this.#vocabulary = vocabulary;
    this.#stops = TokenMask.of(vocabulary.size, stopTokens);
  }

  start(): StackSet {
    return this.#automaton.start;
  }

  advance(given: unknown, id: number): StackSet {
    let state: StackSet | undefined = given as StackSet; // from `start` or `advance`
    const vocabulary = this.#vocabulary;
    const bytes = vocabulary.bytes?.(id) ?? specialBytes(vocabulary.describe(id));
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
    const caches = [this.#masks, ...this.#tries.map(([, locals]) => locals)];
    const count = caches.reduce((sum, { size }) => sum + size, 0);
    if (this.#automaton.begin() || 4 * this.#stops.words.length * count > MASK_BYTES) {
      for (const cache of caches) cache.clear();
    }
    mask = this.#maskOf(state);
    this.#masks.set(state, mask);
    return mask;
  }

  #maskOf(state: StackSet): TokenMask {
    const { accepts, tops, tails } = state;
    const words = new Uint32Array(this.#stops.words.length);
    const add = (mask: TokenMask): void => {
      for (let at = 0; at < words.length; at++) words[at] |= mask.words[at];
    };
    if (accepts) add(this.#stops);
    if (tops.length > MANY_TOPS) {
      for (const [trie] of this.#tries) this.#walk(trie, words, state);
      return new TokenMask(words);
    }
    const byTail = new Map<StackSet, Position[]>();
    for (const [at, tail] of tails.entries()) {
      const own = byTail.get(tail);
      if (own) own.push(tops[at]);
      else byTail.set(tail, [tops[at]]);
    }
    for (const [tail, own] of byTail) {
      for (const [trie, locals] of this.#tries) {
        const { mask, exits } = this.#local(own, trie, locals);
        add(mask);
        if (exits.length === 0) continue;
        const after = this.#automaton.opened(tail);
        if (after.tops.length > 0) for (const node of exits) this.#walk(trie, words, after, node);
      }
    }
    return new TokenMask(words);
  }

  /** Returns the tokens of a trie that some tops allow without the stacks below them; cached. */
  #local(tops: readonly Position[], trie: TokenTrie, locals: Map<StackSet, LocalMask>): LocalMask {
    const alone = this.#automaton.stateOf(tops, trie.depth);
    let local = locals.get(alone);
    if (!local) {
      const words = new Uint32Array(this.#stops.words.length);
      const exits: number[] = [];
      this.#walk(trie, words, alone, -1, exits);
      locals.set(alone, (local = { mask: new TokenMask(words), exits }));
    }
    return local;
  }

  /**
   * Adds to `words` (a token bit mask) the tokens below a trie node that a state allows.
   *
   * @param parent - A node, or -1 for the whole trie.
   * @param exits - Receives the nodes that have children and at which a stack is empty.
   */
  #walk(trie: TokenTrie, words: Uint32Array, state: StackSet, parent = -1, exits?: number[]): void {
    const { bytes, depths, ends, tokens } = trie;
    const twins = this.#twins;
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
