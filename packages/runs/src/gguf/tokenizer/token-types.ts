/** What a token of a GGUF file is, by the number in `tokenizer.ggml.token_type`. */
export const TOKEN_TYPES = {
  normal: 1,
  unknown: 2,
  /** One that ends a text or separates its parts; it is never shown. */
  control: 3,
  /** One that is found in a text as a whole before anything else, and is shown. */
  userDefined: 4,
  /** A row of the model for which there is no token. */
  unused: 5,
  /** One byte of a character that is no token. */
  byte: 6,
} as const;

/** A space as SentencePiece writes it. */
export const SPACE = '\u2581';
