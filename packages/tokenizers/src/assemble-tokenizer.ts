import { type AddedToken, addedTokenFinder, plainSpecialToken } from './added-tokens.js';
import {
  addSpecialTokens,
  atId,
  endOfTextToken,
  type SpecialTokens,
  type StreamDecoder,
  type Tokenizer,
  type TokenizerKind,
} from './tokenizer.js';
import { describeBytes } from './utf8.js';

/** Encodes the text between two indices, which contains no added token, and appends its ids to `ids`. */
export type EncodeText = (text: string, from: number, to: number, ids: IdBuffer) => void;

/** Parts that differ between the kinds of tokenizer. */
export interface TokenizerParts {
  readonly kind: TokenizerKind;
  /** The UTF-8 bytes of every id; entries of special and added tokens need not be given. */
  readonly tokens: readonly Uint8Array[];
  readonly specialTokens: SpecialTokens;
  /** Ordinary added tokens, and special tokens with options such as `stripsLeft`. */
  readonly addedTokens?: readonly AddedToken[];
  readonly encodeText: EncodeText;
  /** Returns the text of the `tokenizer.json` that `save` writes. */
  readonly write: () => string;
  readonly toHuggingFace: Tokenizer['toHuggingFace'];
  /**
   * Makes the same tokenizer with the given special tokens: the existing ones, and new ones whose ids follow all
   * others.
   */
  readonly extend: (specialTokens: SpecialTokens) => Tokenizer;
}

/** Name of the file in which any kind of tokenizer is saved. */
export const tokenizerFile = 'tokenizer.json';

/** Makes a tokenizer from the parts that its kind defines; everything else is common to all kinds. */
export function assembleTokenizer(parts: TokenizerParts): Tokenizer {
  const { kind, specialTokens, addedTokens = [], encodeText, write, toHuggingFace, extend } = parts;
  const withOptions = new Set(addedTokens.map(({ content }) => content));
  const plain = [...specialTokens].filter(([name]) => !withOptions.has(name));
  const added = [...addedTokens, ...plain.map(([name, id]) => plainSpecialToken(name, id))];
  const tokens = withAddedTokens(parts.tokens, added);
  const findAdded = addedTokenFinder(added);
  const names = new Map([...specialTokens].map(([name, id]) => [id, name]));
  const endOfText = specialTokens.get(endOfTextToken);
  if (endOfText === undefined) {
    const got = [...specialTokens.keys()].join(' ');
    throw new RangeError(`specialTokens: expected ${endOfTextToken} among them, got ${got}`);
  }

  const bytesOf = (id: number): Uint8Array => atId(tokens, id);

  return {
    kind,
    vocabSize: tokens.length,
    endOfText,
    specialTokens,
    beginning: [],
    ending: [],
    encode(text, { allowSpecial = false } = {}) {
      const ids = new IdBuffer(text.length >> 2);
      let from = 0;
      for (const match of findAdded(text, allowSpecial)) {
        encodeText(text, from, match.from, ids);
        ids.push(match.id);
        from = match.to;
      }
      encodeText(text, from, text.length, ids);
      return ids.toArray();
    },
    decode: (ids) => utf8Decoder().decode(joined(ids, bytesOf)),
    describe: (id) => names.get(id) ?? describeBytes(bytesOf(id)),
    bytes: (id) => (names.has(id) ? undefined : bytesOf(id)),
    streamDecoder(): StreamDecoder {
      const decoder = utf8Decoder();
      return {
        reach: BYTES_OF_CHARACTER - 1,
        push: (id) => decoder.decode(bytesOf(id), { stream: true }),
        end: () => decoder.decode(),
      };
    },
    withSpecialTokens: (more) => extend(addSpecialTokens(specialTokens, more, tokens.length)),
    save: () => ({ [tokenizerFile]: write() }),
    toHuggingFace,
  };
}

/** Returns the bytes of the tokens with the given ids, concatenated. */
function joined(ids: ArrayLike<number>, bytesOf: (id: number) => Uint8Array): Uint8Array {
  let length = 0;
  for (let index = 0; index < ids.length; index++) length += bytesOf(ids[index]).length;
  const bytes = new Uint8Array(length);
  let end = 0;
  for (let index = 0; index < ids.length; index++) {
    for (const byte of bytesOf(ids[index])) bytes[end++] = byte;
  }
  return bytes;
}

/** Maximum number of UTF-8 bytes of a character; each byte may become a token. */
export const BYTES_OF_CHARACTER = 4;

/** Makes a decoder that keeps a leading U+FEFF as a character. */
function utf8Decoder(): TextDecoder {
  return new TextDecoder('utf-8', { ignoreBOM: true });
}

function withAddedTokens(
  tokens: readonly Uint8Array[],
  added: readonly AddedToken[],
): Uint8Array[] {
  const encoder = new TextEncoder();
  const all = [...tokens];
  for (const { id, content } of added) all[id] = encoder.encode(content);
  return all;
}

/** A growing list of ids. It takes a quarter of the memory of `number[]`, and has no size limit. */
export class IdBuffer {
  #ids: Int32Array;
  #length = 0;

  constructor(capacity: number) {
    this.#ids = new Int32Array(Math.max(16, capacity));
  }

  push(id: number): void {
    if (this.#length === this.#ids.length) {
      const grown = new Int32Array(2 * this.#length);
      grown.set(this.#ids);
      this.#ids = grown;
    }
    this.#ids[this.#length++] = id;
  }

  /** Returns the ids so far, in an array of exactly that length. */
  toArray(): Int32Array {
    return this.#ids.slice(0, this.#length);
  }
}
