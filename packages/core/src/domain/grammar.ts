import type { TokenPrompt } from './domain.js';

/**
 * Which token may come next, as a function of immutable states, so that a beam forks one for
 * nothing. The first of the sampling filters.
 */
export interface Grammar<State> {
  start(prompt: TokenPrompt): State;
  /** The state after `id`. */
  advance(state: State, id: number): State;
  allowed(state: State): Iterable<number>;
  /** True when only a stop token may come next. */
  mustEnd(state: State): boolean;
}
