import { type Expression, parseExpression } from './parse-expression.js';
import { type WorkBudget } from '../work-budget.js';

/** A place in a text, in UTF-16 units. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Finds the matches of a pattern from left to right; none overlap. */
export type FindMatches = (text: string, budget: WorkBudget) => Iterable<Span>;

/**
 * Makes a matcher of a regular expression that takes time in proportion to the text, whatever the
 * expression. It finds the matches of JavaScript's own backtracking, which `(a+)+$` can keep busy for
 * years, but remembers the places in the expression and in the text from which there is no match, and
 * tries none twice. Look-ahead and look-behind forget when they end, so their time is bounded by the
 * budget.
 *
 * @param source - An expression that JavaScript has accepted with the flag `u`.
 * @throws RangeError for an expression with references to groups, or one that is too large.
 * @see Davis et al. 2021, "Using selective memoization to defeat regular expression denial of service",
 *   https://doi.org/10.1109/SP40001.2021.00032
 */
export function linearPattern(source: string): FindMatches {
  const program = compile(parseExpression(source));
  return function* (text, budget) {
    const failures = new Failures(program.stateCount, text.length);
    for (let start = 0; start <= text.length;) {
      const to = run(program, 0, { text, start, failures, budget });
      if (to === -1) {
        start = after(text, start);
        continue;
      }
      yield { from: start, to };
      failures.forget(to);
      start = to > start ? to : after(text, to);
    }
  };
}

/**
 * Kinds of instructions, each followed by the next one unless it says otherwise:
 *
 * - CHARACTER reads a character of class `a`, with `b` the one before the position.
 * - RUN reads as many characters of class `a` as it can, and gives them back one by one.
 * - SPLIT continues at `a`, and at `b` if there is no match from there.
 * - JUMP continues at `a`.
 * - GRAB reads as many characters of class `a` as it can, and keeps them.
 * - ATOMIC runs the program at `a`, up to its END, and keeps what that has read; it fails if that fails.
 * - LOOK runs the program at `a`, up to its END, and fails if that fails, with `b` if it does not.
 */
const [CHARACTER, RUN, SPLIT, JUMP, GRAB, ATOMIC, LOOK, END] = [0, 1, 2, 3, 4, 5, 6, 7];

interface Instruction {
  readonly op: number;
  a: number;
  b: number;
  /** Number of a RUN or a SPLIT among these; of ATOMIC and LOOK, how many are in their program. */
  state: number;
}

interface Program {
  readonly code: readonly Instruction[];
  readonly classes: readonly CharacterSet[];
  readonly stateCount: number;
}

const MAX_INSTRUCTIONS = 4096;

function compile(expression: Expression): Program {
  const code: Instruction[] = [];
  const classes = new Map<string, { readonly index: number; readonly set: CharacterSet }>();
  let stateCount = 0;
  const emit = (op: number, a = 0, b = 0): Instruction => {
    if (code.length === MAX_INSTRUCTIONS) {
      throw new RangeError(
        `with at most ${MAX_INSTRUCTIONS} steps, with repeated parts written out`,
      );
    }
    const isState = op === RUN || op === SPLIT;
    const instruction = { op, a, b, state: isState ? stateCount++ : 0 };
    code.push(instruction);
    return instruction;
  };
  const classOf = (source: string): number => {
    let found = classes.get(source);
    if (!found) {
      found = { index: classes.size, set: new CharacterSet(source) };
      classes.set(source, found);
    }
    return found.index;
  };

  function write(part: Expression, isBackward: boolean): void {
    switch (part.kind) {
      case 'character':
        emit(CHARACTER, classOf(part.source), Number(isBackward));
        return;
      case 'sequence':
        for (const each of isBackward ? [...part.parts].reverse() : part.parts) {
          write(each, isBackward);
        }
        return;
      case 'choice':
        writeChoice(part.parts, isBackward);
        return;
      case 'repeat':
        writeRepeat(part, isBackward);
        return;
      case 'atomic':
        if (isRun(part.body) && !isBackward) {
          for (let count = 0; count < part.body.min; count++) write(part.body.body, false);
          emit(GRAB, classOf(part.body.body.source));
          return;
        }
        writeInner(emit(ATOMIC), part.body, isBackward);
        return;
      case 'look':
        writeInner(emit(LOOK, 0, Number(part.isNegated)), part.body, part.isBehind);
    }
  }

  /** Writes a program of its own, which an instruction runs. */
  function writeInner(instruction: Instruction, body: Expression, isBackward: boolean): void {
    const skip = emit(JUMP);
    const before = stateCount;
    instruction.a = code.length;
    write(body, isBackward);
    emit(END);
    instruction.state = stateCount - before;
    skip.a = code.length;
  }

  function writeChoice(parts: readonly Expression[], isBackward: boolean): void {
    const ends: Instruction[] = [];
    for (const [index, each] of parts.entries()) {
      const split = index < parts.length - 1 ? emit(SPLIT, code.length + 1) : undefined;
      write(each, isBackward);
      if (split) {
        ends.push(emit(JUMP));
        split.b = code.length;
      }
    }
    for (const end of ends) end.a = code.length;
  }

  function writeRepeat(repeat: Repeat, isBackward: boolean): void {
    const { body, min, max, isLazy } = repeat;
    const begin = code.length;
    for (let count = 0; count < min; count++) {
      write(body, isBackward);
      if (code.length === begin) break; // nothing, however often
    }
    if (isRun(repeat) && !isBackward) {
      emit(RUN, classOf(repeat.body.source));
      return;
    }
    const splits: Instruction[] = [];
    const most = max === Infinity ? 1 : max - min;
    for (let count = 0; count < most; count++) {
      const at = code.length;
      splits.push(emit(SPLIT, at + 1));
      write(body, isBackward);
      if (max === Infinity) emit(JUMP, at);
    }
    for (const split of splits) {
      split.b = code.length;
      if (isLazy) [split.a, split.b] = [split.b, split.a];
    }
  }

  write(expression, false);
  emit(END);
  return { code, classes: Array.from(classes.values(), ({ set }) => set), stateCount };
}

type Repeat = Expression & { readonly kind: 'repeat' };
type Character = Expression & { readonly kind: 'character' };

/** Whether an expression takes as many characters of a class as it can. */
function isRun(expression: Expression): expression is Repeat & { readonly body: Character } {
  if (expression.kind !== 'repeat') return false;
  const { body, max, isLazy } = expression;
  return body.kind === 'character' && max === Infinity && !isLazy;
}

interface Attempt {
  readonly text: string;
  readonly start: number;
  readonly failures: Failures;
  readonly budget: WorkBudget;
}

const STEPS_AT_ONCE = 1000;

/** Runs a program from one position. @returns the end of the match, -1 if there is none. */
function run(program: Program, entry: number, attempt: Attempt): number {
  const { code, classes } = program;
  const { text, start, failures, budget } = attempt;
  /** Alternatives, the next one last: an instruction, a position, and for a RUN its start, else -1. */
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
      const isPlain = state === 0; // nothing is remembered
      const inner = isPlain ? failures : new Failures(program.stateCount, text.length);
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
      failures.add(code[runs].state, waiting[top + 1]); // no end of the run from there on will do
      at = before(text, waiting[top + 1]);
      if (at === first) waiting.length = top;
      else waiting[top + 1] = at;
      next = runs + 1;
    }
  }
}

/** Positions of a text and states of a program from which there is no match, or that are being tried. */
class Failures {
  readonly #words: number;
  readonly #blockBits: number;
  readonly #blocks = new Map<number, Uint32Array>();
  #block: Uint32Array | undefined;
  #number = -1;

  constructor(stateCount: number, length: number) {
    this.#words = (stateCount + 31) >> 5;
    this.#blockBits = Math.min(10, 32 - Math.clz32(length));
  }

  /** Adds a state at a position. @returns whether it was there. */
  add(state: number, at: number): boolean {
    const block = this.#blockOf(at) ?? this.#newBlock(at);
    const word = this.#wordOf(state, at);
    const bit = 1 << (state & 31);
    if ((block[word] & bit) !== 0) return true;
    block[word] |= bit;
    return false;
  }

  /** Finds the end of a run of characters, or the first end that is known to fail. */
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

  /** Forgets what lies at or before the end of a match: it did not fail. */
  forget(to: number): void {
    const block = this.#blockOf(to);
    const row = this.#wordOf(0, to);
    block?.fill(0, row, row + this.#words);
    for (const number of this.#blocks.keys()) {
      if (number >= to >> this.#blockBits) break;
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
    this.#block = new Uint32Array(this.#words << this.#blockBits);
    this.#blocks.set(at >> this.#blockBits, this.#block);
    return this.#block;
  }
}

/** Characters that a class, an escape or a letter of an expression matches, as JavaScript says. */
class CharacterSet {
  readonly #pattern: RegExp;
  /** For each of the first 65,536 code points: unknown, not in it, in it. */
  readonly #pages: (Uint8Array | undefined)[] = new Array<undefined>(256).fill(undefined);

  constructor(source: string) {
    this.#pattern = new RegExp(`^(?:${source})$`, 'u');
  }

  /** Length of the character at a position if it is in the set, else 0. */
  length(text: string, at: number): number {
    if (at >= text.length) return 0;
    const unit = text.charCodeAt(at);
    const known = this.#pages[unit >> 8]?.[unit & 255] ?? 0;
    return known === 0 ? this.#test(text, at, unit) : known - 1;
  }

  /** Length of the character that ends at a position if it is in the set, else 0. */
  lengthBefore(text: string, at: number): number {
    return at === 0 ? 0 : this.length(text, before(text, at));
  }

  #test(text: string, at: number, unit: number): number {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const isIn = this.#pattern.test(character);
    if (!isSurrogate(unit)) {
      const page = (this.#pages[unit >> 8] ??= new Uint8Array(256));
      page[unit & 255] = isIn ? 2 : 1;
    }
    return isIn ? character.length : 0;
  }
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

/** The position of the character that ends at a position. */
function before(text: string, at: number): number {
  const isPair = at > 1 && (text.codePointAt(at - 2) ?? 0) > 0xffff;
  return isPair ? at - 2 : at - 1;
}

/** The position after the character that begins at a position. */
function after(text: string, at: number): number {
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}
