import { CharacterSet, type Expression } from './parse-expression.js';

/**
 * Kinds of the instructions of a compiled regular expression, by the instruction's fields `a` and `b`. Unless noted,
 * the next instruction follows:
 *
 * - CHARACTER reads a character of class `a`; if `b` is set, the character before the position.
 * - RUN reads as many characters of class `a` as it can, and backtracks one by one.
 * - SPLIT continues at `a`, and if that does not match, at `b`.
 * - JUMP continues at `a`.
 * - GRAB reads as many characters of class `a` as it can, without backtracking.
 * - ATOMIC runs the program at `a`, up to its END, without later backtracking into it; it fails if the program fails.
 * - LOOK runs the program at `a`, up to its END, and fails if the program fails, or, if `b` is set, if it matches.
 */
export const [CHARACTER, RUN, SPLIT, JUMP, GRAB, ATOMIC, LOOK] = [0, 1, 2, 3, 4, 5, 6];
/** Kind of the instruction that ends a program with a match. */
const END = 7;

interface Instruction {
  readonly op: number;
  a: number;
  b: number;
  /**
   * For RUN and SPLIT: index among the instructions of these two kinds. For ATOMIC and LOOK: how many instructions of
   * these two kinds the inner program has.
   */
  state: number;
}

/**
 * A compiled regular expression: its instructions, the character classes that they refer to by index, and the number
 * of RUN and SPLIT instructions.
 */
export interface Program {
  readonly code: readonly Instruction[];
  readonly classes: readonly CharacterSet[];
  readonly stateCount: number;
}

const MAX_INSTRUCTIONS = 4096;

/**
 * Compiles a regular expression.
 *
 * @throws RangeError if the expression contains an anchor (`^` or `$`) or is too large.
 */
export function compileExpression(expression: Expression): Program {
  const writer = new ProgramWriter();
  writer.write(expression, false);
  writer.emit(END);
  return writer;
}

/** Writes the program of an expression. Parts inside look-behind are written backward. */
class ProgramWriter implements Program {
  readonly code: Instruction[] = [];
  readonly classes: CharacterSet[] = [];
  stateCount = 0;
  readonly #indexOf = new Map<string, number>();

  emit(op: number, a = 0, b = 0): Instruction {
    if (this.code.length === MAX_INSTRUCTIONS) {
      throw new RangeError(
        `with at most ${MAX_INSTRUCTIONS} steps, with repeated parts written out`,
      );
    }
    const isState = op === RUN || op === SPLIT;
    const instruction = { op, a, b, state: isState ? this.stateCount++ : 0 };
    this.code.push(instruction);
    return instruction;
  }

  write(part: Expression, isBackward: boolean): void {
    switch (part.kind) {
      case 'character':
        this.emit(CHARACTER, this.#classOf(part.source), Number(isBackward));
        return;
      case 'sequence':
        for (const each of isBackward ? [...part.parts].reverse() : part.parts) {
          this.write(each, isBackward);
        }
        return;
      case 'choice':
        this.#writeChoice(part.parts, isBackward);
        return;
      case 'repeat':
        this.#writeRepeat(part, isBackward);
        return;
      case 'atomic':
        if (isRun(part.body) && !isBackward) {
          for (let count = 0; count < part.body.min; count++) this.write(part.body.body, false);
          this.emit(GRAB, this.#classOf(part.body.body.source));
          return;
        }
        this.#writeInner(this.emit(ATOMIC), part.body, isBackward);
        return;
      case 'anchor':
        throw new RangeError(`without ${part.source}`);
      case 'look':
        this.#writeInner(this.emit(LOOK, 0, Number(part.isNegated)), part.body, part.isBehind);
    }
  }

  #classOf(source: string): number {
    let index = this.#indexOf.get(source);
    if (index === undefined) {
      index = this.classes.push(new CharacterSet(source)) - 1;
      this.#indexOf.set(source, index);
    }
    return index;
  }

  /** Writes the inner program that an ATOMIC or LOOK instruction runs. */
  #writeInner(instruction: Instruction, body: Expression, isBackward: boolean): void {
    const skip = this.emit(JUMP);
    const before = this.stateCount;
    instruction.a = this.code.length;
    this.write(body, isBackward);
    this.emit(END);
    instruction.state = this.stateCount - before;
    skip.a = this.code.length;
  }

  #writeChoice(parts: readonly Expression[], isBackward: boolean): void {
    const ends: Instruction[] = [];
    for (const [index, each] of parts.entries()) {
      const isLast = index === parts.length - 1;
      const split = isLast ? undefined : this.emit(SPLIT, this.code.length + 1);
      this.write(each, isBackward);
      if (split) {
        ends.push(this.emit(JUMP));
        split.b = this.code.length;
      }
    }
    for (const end of ends) end.a = this.code.length;
  }

  #writeRepeat(repeat: Repeat, isBackward: boolean): void {
    const { body, min, max, isLazy } = repeat;
    const begin = this.code.length;
    for (let count = 0; count < min; count++) {
      this.write(body, isBackward);
      if (this.code.length === begin) break; // matches the empty text any number of times
    }
    if (isRun(repeat) && !isBackward) {
      this.emit(RUN, this.#classOf(repeat.body.source));
      return;
    }
    const splits: Instruction[] = [];
    const most = max === Infinity ? 1 : max - min;
    for (let count = 0; count < most; count++) {
      const at = this.code.length;
      splits.push(this.emit(SPLIT, at + 1));
      this.write(body, isBackward);
      if (max === Infinity) this.emit(JUMP, at);
    }
    for (const split of splits) {
      split.b = this.code.length;
      if (isLazy) [split.a, split.b] = [split.b, split.a];
    }
  }
}

type Repeat = Expression & { readonly kind: 'repeat' };
type Character = Expression & { readonly kind: 'character' };

/** Whether an expression greedily repeats a character class without limit. */
function isRun(expression: Expression): expression is Repeat & { readonly body: Character } {
  if (expression.kind !== 'repeat') return false;
  const { body, max, isLazy } = expression;
  return body.kind === 'character' && max === Infinity && !isLazy;
}
