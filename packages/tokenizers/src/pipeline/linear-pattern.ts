import { after, before, type CharacterSet, parseExpression } from './parse-expression.js';
import {
  ATOMIC,
  CHARACTER,
  compileExpression,
  GRAB,
  JUMP,
  LOOK,
  type Program,
  RUN,
  SPLIT,
} from './compile-expression.js';
import { type WorkBudget } from '../work-budget.js';

/** A range of a text, in UTF-16 units. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Finds the matches of a pattern from left to right, without overlaps. */
export type FindMatches = (text: string, budget: WorkBudget) => Iterable<Span>;

/**
 * Compiles a regular expression to a matcher that takes time proportional to the text for any expression. It finds
 * the same matches as JavaScript's backtracking, which may need exponential time for `(a+)+$`. It stores the pairs of
 * state and position that failed, and tries no pair twice. Look-ahead and look-behind discard these pairs at their
 * end, so only the budget bounds their time.
 *
 * @param source - A valid JavaScript expression for the flag `u`.
 * @throws RangeError if the expression has back-references, anchors or assertions such as `\b`, or is too large.
 * @see Davis et al. 2021, "Using selective memoization to defeat regular expression denial of service",
 *   https://doi.org/10.1109/SP40001.2021.00032
 */
export function linearPattern(source: string): FindMatches {
  const program = compileExpression(parseExpression(source));
  return function* (text, budget) {
    const failures = new Failures(program.stateCount, text.length, budget);
    for (let start = 0; start <= text.length;) {
      const to = run(program, 0, { text, start, failures, budget });
      if (to === -1) {
        start = after(text, start);
        failures.drop(start);
        continue;
      }
      yield { from: start, to };
      failures.forget(to);
      start = to > start ? to : after(text, to);
    }
  };
}

interface Attempt {
  readonly text: string;
  readonly start: number;
  readonly failures: Failures;
  readonly budget: WorkBudget;
}

const STEPS_AT_ONCE = 1000;

/**
 * Runs a program from the instruction at index `entry` and the start position of `attempt`. It is a single loop for
 * speed.
 *
 * @returns the end of the match, or -1.
 */
function run(program: Program, entry: number, attempt: Attempt): number {
  const { code, classes } = program;
  const { text, start, failures, budget } = attempt;
  /** Stack of alternatives, each with an instruction, a position, and for a RUN its start, else -1. */
  const waiting: number[] = [];
  let at = start;
  let next = entry;
  for (let steps = 1; ; steps++) {
    if (steps > STEPS_AT_ONCE) {
      budget.spend(steps);
      steps = 0;
    }
    const { op, a, b, state } = code[next];
    let isFailed = false;
    if (op === CHARACTER) {
      const length = b === 0 ? classes[a].length(text, at) : -classes[a].lengthBefore(text, at);
      isFailed = length === 0;
      at += length;
      next++;
    } else if (op === RUN) {
      isFailed = failures.add(state, at);
      if (!isFailed) {
        const to = failures.runEnd(state, text, at, classes[a]);
        steps += (to - at) >> 1;
        if (to > at) waiting.push(next, to, at);
        at = to;
        next++;
      }
    } else if (op === SPLIT) {
      isFailed = failures.add(state, at);
      if (!isFailed) waiting.push(b, at, -1);
      next = a;
    } else if (op === JUMP) {
      next = a;
    } else if (op === GRAB) {
      const from = at;
      for (let length = 1; length > 0; at += length) length = classes[a].length(text, at);
      steps += (at - from) >> 1;
      next++;
    } else if (op === LOOK || op === ATOMIC) {
      const isPlain = state === 0; // no failures are stored
      const inner = isPlain ? failures : new Failures(program.stateCount, text.length, budget);
      const to = run(program, a, { text, start: at, failures: inner, budget });
      isFailed = op === LOOK ? (to === -1) === (b === 0) : to === -1;
      if (op === ATOMIC) at = to;
      next++;
    } else {
      budget.spend(steps);
      return at;
    }
    if (!isFailed) continue;

    const top = waiting.length - 3;
    if (top < 0) {
      budget.spend(steps);
      return -1;
    }
    const first = waiting[top + 2];
    if (first === -1) {
      next = waiting[top];
      at = waiting[top + 1];
      waiting.length = top;
    } else {
      const runs = waiting[top];
      failures.add(code[runs].state, waiting[top + 1]); // no shorter run matches either
      at = before(text, waiting[top + 1]);
      if (at === first) waiting.length = top;
      else waiting[top + 1] = at;
      next = runs + 1;
    }
  }
}

/** Pairs of a text position and a program state that failed or are being tried. */
class Failures {
  readonly #budget: WorkBudget;
  readonly #words: number;
  readonly #blockBits: number;
  readonly #blocks = new Map<number, Uint32Array>();
  #block: Uint32Array | undefined;
  #number = -1;

  constructor(stateCount: number, length: number, budget: WorkBudget) {
    this.#budget = budget;
    this.#words = (stateCount + 31) >> 5;
    this.#blockBits = Math.min(10, 32 - Math.clz32(length));
  }

  /** Adds a state at a position. @returns whether it was already present. */
  add(state: number, at: number): boolean {
    const block = this.#blockOf(at) ?? this.#newBlock(at);
    const word = this.#wordOf(state, at);
    const bit = 1 << (state & 31);
    if ((block[word] & bit) !== 0) return true;
    block[word] |= bit;
    return false;
  }

  /** Returns the end of the longest run of characters of `set`, but stops before an end that is known to fail. */
  runEnd(state: number, text: string, from: number, set: CharacterSet): number {
    let to = from;
    for (let length = set.length(text, to); length > 0; length = set.length(text, to)) {
      const block = this.#blockOf(to + length);
      const isKnown = block && (block[this.#wordOf(state, to + length)] >>> (state & 31)) & 1;
      if (isKnown) break;
      to += length;
    }
    return to;
  }

  /** Frees the memory of positions before the end of a match, and clears the failures at that end. */
  forget(to: number): void {
    const block = this.#blockOf(to);
    const row = this.#wordOf(0, to);
    block?.fill(0, row, row + this.#words);
    this.drop(to);
  }

  /** Frees the memory of positions before a start, because no later attempt reads them. */
  drop(start: number): void {
    for (const number of this.#blocks.keys()) {
      if (number >= start >> this.#blockBits) break;
      this.#blocks.delete(number);
    }
  }

  #wordOf(state: number, at: number): number {
    return (at & ((1 << this.#blockBits) - 1)) * this.#words + (state >> 5);
  }

  #blockOf(at: number): Uint32Array | undefined {
    const number = at >> this.#blockBits;
    if (number !== this.#number) {
      this.#number = number;
      this.#block = this.#blocks.get(number);
    }
    return this.#block;
  }

  #newBlock(at: number): Uint32Array {
    const size = this.#words << this.#blockBits;
    this.#budget.spend(size >> 4); // clearing memory takes time
    this.#block = new Uint32Array(size);
    this.#blocks.set(at >> this.#blockBits, this.#block);
    return this.#block;
  }
}
