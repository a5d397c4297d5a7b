/**
 * Limits the time and memory that a tokenizer.json may take for one text, so that no file can exhaust a server.
 * Published tokenizers need a fraction of the limits.
 */
export class WorkBudget {
  readonly #length: number;
  readonly #maxGrowth: number;
  #growth = 0;
  #steps: number;

  /**
   * Starts a budget.
   *
   * @param length - Length of the text in UTF-16 units.
   * @param searchSteps - Maximum number of steps that the model's search for tokens takes per character. The budget
   *   allows twice as many, because a normalizer may lengthen a text. Tokens of more than 64 characters count as 64.
   */
  constructor(length: number, searchSteps = 0) {
    this.#length = length;
    // NFKC makes the longest text of U+FDFA: 18 characters.
    this.#maxGrowth = Math.min(19 * length + 10_000, Math.max(2 ** 22, 3 * length));
    const steps = STEPS_PER_CHARACTER + 2 * Math.min(searchSteps, MAX_SEARCH_STEPS);
    this.#steps = STEPS + steps * length;
  }

  /**
   * Counts characters that a step adds to the text. Call it before allocating memory for them.
   *
   * @throws RangeError if the steps add too many.
   */
  grow(characters: number): void {
    this.#growth += Math.max(0, characters);
    if (this.#growth > this.#maxGrowth) {
      throw new WorkLimitError(
        `text: the tokenizer.json of this model adds more than ${this.#maxGrowth} characters to a text of ${this.#length}; use another tokenizer`,
      );
    }
  }

  /**
   * Counts steps of a search.
   *
   * @throws RangeError if the budget is exceeded.
   */
  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) {
      throw new WorkLimitError(
        `text: the tokenizer.json of this model takes too long for a text of ${this.#length} characters; use another tokenizer`,
      );
    }
  }
}

/** Thrown for a text for which a tokenizer.json takes too much time or memory. */
class WorkLimitError extends RangeError {
  override readonly name = 'RangeError';
}

/**
 * Runs a check of a tokenizer.json that needs little work for any published file.
 *
 * @param file - Name of the file.
 * @throws RangeError that names the file, if it exceeds its work budget.
 */
export function withinBudget<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof WorkLimitError)) throw cause;
    throw new RangeError(
      `${file}: the normalizer or the pre_tokenizer adds too many characters to a short text, or takes too long; use another tokenizer`,
      { cause },
    );
  }
}

/** Number of search steps that a budget has per character of the text: some seconds for a megabyte. */
const STEPS_PER_CHARACTER = 64;
const STEPS = 4_000_000;
/** Number of steps of a search for tokens of all lengths from 1 to 64. */
const MAX_SEARCH_STEPS = 296;
