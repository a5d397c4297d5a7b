/** Maximum number of expressions and statements that a template evaluates: without input, for each unit, in all. */
const [BASE_STEPS, STEPS_PER_UNIT, MAX_STEPS] = [2 ** 20, 64, 2 ** 24];
/** Maximum number of characters and elements that its operations read and write. */
const MAX_WORK = 2 ** 28;
/** Maximum size of all that it makes. */
const MAX_BYTES = 2 ** 27;
/** Bytes that an element of a list takes, with what it may point to. */
const BYTES_PER_ELEMENT = 16;

/** The error of a template that takes more time or memory than any needs. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

/**
 * Counts what a template takes. A template comes with a model from anywhere: each step counts, and so does the
 * size of what an operation reads or makes, before it is made where that is larger than what it reads. The same
 * template takes the same everywhere.
 */
export class Budget {
  private steps = 0;
  private worked = 0;
  private bytes = 0;
  private readonly maxSteps: number;

  /**
   * Opens a budget.
   *
   * @param inputSize - Number of characters and values that the template is given.
   */
  constructor(inputSize: number) {
    this.maxSteps = Math.min(BASE_STEPS + STEPS_PER_UNIT * inputSize, MAX_STEPS);
  }

  /** Counts an expression or a statement. */
  step(): void {
    if (++this.steps > this.maxSteps) {
      throw new BudgetError(`a text within ${this.maxSteps} steps, got none`);
    }
  }

  /** Counts characters or elements that an operation reads. */
  work(size: number): void {
    this.worked += size;
    if (!(this.worked <= MAX_WORK)) {
      throw new BudgetError(`operations on at most ${MAX_WORK} characters, got more`);
    }
  }

  /** Counts the characters of a text that is made. */
  text(length: number): void {
    this.bytes += length;
    if (!(this.bytes <= MAX_BYTES)) {
      throw new BudgetError(`no more than ${MAX_BYTES / 2 ** 20} MB of memory, got more`);
    }
  }

  /** Counts the elements of a list or a dictionary that is made. */
  elements(count: number): void {
    this.text(BYTES_PER_ELEMENT * count);
  }
}
