/**
 * Limits on what the steps of a tokenizer.json may do with one text, so that no file can use up the time
 * or the memory of a server. Tokenizers in use need a fraction of them.
 */
export class WorkBudget {
  readonly #length: number;
  readonly #maxGrowth: number;
  #growth = 0;
  #steps: number;

  /**
   * Begins with nothing spent.
   *
   * @param length - Characters of the text, in UTF-16 units.
   * @param searchSteps - Maximum number of steps that the model's search for tokens takes for a
   *   character. The budget contains them twice, because a normalizer may lengthen a text; for tokens
   *   of more than 64 characters, the steps of 64 count.
   */
  constructor(length: number, searchSteps = 0) {
    this.#length = length;
    // U+FDFA, the character that NFKC makes the longest text of, becomes 18.
    this.#maxGrowth = Math.min(19 * length + 10_000, Math.max(2 ** 22, 3 * length));
    const steps = STEPS_PER_CHARACTER + 2 * Math.min(searchSteps, MAX_SEARCH_STEPS);
    this.#steps = STEPS + steps * length;
  }

  /**
   * Counts characters that a step adds to the text. Call it before memory is taken for them.
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
   * @throws RangeError if they are too many.
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

/** The error of a text for which a tokenizer.json takes too much time or memory. */
class WorkLimitError extends RangeError {
  override readonly name = 'RangeError';
}

/**
 * Does what needs few steps with any tokenizer.json in use.
 *
 * @param file - Name of the file.
 * @throws RangeError that names the file, if its budget does not suffice.
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

/** Some seconds for a megabyte. */
const STEPS_PER_CHARACTER = 64;
const STEPS = 4_000_000;
/** Number of steps of a search for tokens of all lengths from 1 to 64. */
const MAX_SEARCH_STEPS = 296;
