/** The origin of a text that is part of a file. */
export interface TextOrigin {
  /** Name of the file. */
  readonly name: string;
  /** Lines of the file before the text; absent where they are not those of the text. */
  readonly linesBefore?: number;
}

/** A character that the vocabulary of a character tokenizer lacks. */
export class UnknownCharacterError extends RangeError {
  override readonly name = 'UnknownCharacterError';
  readonly #text: string;
  readonly #offset: number;
  readonly #known: number;

  /**
   * Creates the error of a character at an offset of a text.
   *
   * @param text - Where it is, at `offset`.
   * @param known - Number of characters of the vocabulary.
   * @param origin - Where the text comes from.
   */
  constructor(text: string, offset: number, known: number, origin?: TextOrigin) {
    super(describe(text, offset, known, origin));
    this.#text = text;
    this.#offset = offset;
    this.#known = known;
  }

  /** Makes the same error for a text whose file is known. */
  from(origin: TextOrigin): UnknownCharacterError {
    return new UnknownCharacterError(this.#text, this.#offset, this.#known, origin);
  }
}

function describe(text: string, offset: number, known: number, origin?: TextOrigin): string {
  const codePoint = text.codePointAt(offset) ?? 0xfffd;
  const hex = codePoint.toString(16).toUpperCase().padStart(4, '0');
  const before = text.slice(0, offset).split('\n');
  const column = Array.from(before[before.length - 1]).length + 1;
  const placeOf = (lines: number): string => `${lines + before.length}:${column}`;
  const isInFile = origin?.linesBefore !== undefined;
  const subject = isInFile ? `${origin.name}:${placeOf(origin.linesBefore)}` : origin?.name;
  return (
    `${subject ?? 'text'}: expected the ${known} characters of the vocabulary, ` +
    `got ${JSON.stringify(String.fromCodePoint(codePoint))} (U+${hex})` +
    (isInFile ? '' : ` at offset ${offset} (${placeOf(0)})`) +
    '. A character model knows only the characters that it was trained on: train one with the tokenizer bpe or ' +
    'bytes, which read any text, or with --unknown replace.'
  );
}
