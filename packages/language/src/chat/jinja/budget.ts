/**
 * Maximum number of expressions and statements that a template evaluates: `BASE_STEPS`, plus `STEPS_PER_UNIT` for each
 * character or value of the input, but at most `MAX_STEPS`.
 */
const [BASE_STEPS, STEPS_PER_UNIT, MAX_STEPS] = [2 ** 20, 64, 2 ** 22];
/** Maximum number of characters and elements that a template's operations read and write. */
const MAX_WORK = 2 ** 28;
/** Maximum number of bytes of all values that a template makes. */
const MAX_BYTES = 2 ** 27;
/** Maximum number of characters of a text, which bounds the time of a single native call; longer than any context. */
const MAX_TEXT = 2 ** 22;
/** Estimated bytes of a list's element that already exists, and of a new text, list or dictionary entry. */
const [BYTES_PER_ELEMENT, BYTES_PER_OBJECT] = [16, 96];
/**
 * Maximum time of a rendering in milliseconds, and the numbers of steps and of characters between checks of
 * the clock.
 */
const [MAX_MS, STEPS_PER_LOOK, WORK_PER_LOOK] = [3000, 1000, 2 ** 20];

/** Thrown if a template exceeds its limits of time or memory. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError';
}

/**
 * Counts the work and the memory of an untrusted template. Each step counts, and so does the size of the
 * values that an operation reads or makes. If a value is larger than the operation's input, it is counted
 * before it is made. These counts are the same on every machine. The clock limits work that the counts
 * underestimate. It is the only part that depends on the machine.
 */
export class Budget {
  private steps = 0;
  private worked = 0;
  private bytes = 0;
  private nextLook = WORK_PER_LOOK;
  private readonly startMs = performance.now();
  private readonly maxSteps: number;

  /**
   * Creates an unused budget.
   *
   * @param inputSize - Number of characters and values of the template's input.
   */
  constructor(inputSize: number) {
    this.maxSteps = Math.min(BASE_STEPS + STEPS_PER_UNIT * inputSize, MAX_STEPS);
  }

  /** Counts an expression or a statement. */
  step(): void {
    if (++this.steps > this.maxSteps) {
      throw new BudgetError(`a text within ${this.maxSteps} steps, got none`);
    }
    if (this.steps % STEPS_PER_LOOK === 0) this.lookAtClock();
  }

  /** Counts characters or elements that an operation reads. */
  work(size: number): void {
    this.worked += size;
    if (!(this.worked <= MAX_WORK)) {
      throw new BudgetError(`operations on at most ${MAX_WORK} characters, got more`);
    }
    if (this.worked >= this.nextLook) {
      this.nextLook = this.worked + WORK_PER_LOOK;
      this.lookAtClock();
    }
  }

  /** Counts a search in a text, which may compare the searched part at each position. */
  search(length: number, partLength: number): void {
    this.work(length * Math.max(1, partLength / 8));
  }

  /** Counts the digits of a printed number; the time of printing grows with their square. */
  digits(length: number): void {
    this.work(length ** 2 / 64);
  }

  /** Counts the characters of a new text. */
  text(length: number): void {
    if (!(length <= MAX_TEXT)) {
      throw new BudgetError(`a text of at most ${MAX_TEXT} characters, got more`);
    }
    this.memory(length);
  }

  /** Adds the memory of a new list with `count` elements that already exist. */
  elements(count: number): void {
    this.memory(BYTES_PER_ELEMENT * count);
  }

  /** Adds the memory of `count` new objects: texts, lists or dictionary entries. */
  objects(count: number): void {
    this.memory(BYTES_PER_OBJECT * count);
  }

  private memory(bytes: number): void {
    this.bytes += bytes;
    if (!(this.bytes <= MAX_BYTES)) {
      throw new BudgetError(`no more than ${MAX_BYTES / 2 ** 20} MB of memory, got more`);
    }
  }

  private lookAtClock(): void {
    if (performance.now() - this.startMs > MAX_MS) {
      throw new BudgetError(`a text within ${MAX_MS / 1000} s, got none: it takes too long`);
    }
  }
}
