import { type JsonObject, parseJson } from '../files/json.js';
import { messageOf, shownText } from '../files/shown-text.js';
import type { Random } from '../random/random.js';
import type { ChatTemplate } from './chat.js';

/** A token sequence to train on, with the weight of each token in the loss. */
export interface TokenExample {
  /** Token ids, at least two. */
  readonly tokens: ArrayLike<number>;
  /** Loss weight of each token, with the length of `tokens`. The first token is never predicted. */
  readonly lossWeights: ArrayLike<number>;
  /**
   * Length of the prefix: number of tokens at the start that attend to one another in both directions, if the model
   * supports prefixes.
   */
  readonly prefixLength?: number;
  /** Index of the first token of the output: evaluation counts the tokens from it on; default 0. */
  readonly outputStart?: number;
  /**
   * Start indices of independent sequences that are joined in `tokens`, and do not attend to one another; `[0]` by
   * default.
   */
  readonly starts?: readonly number[];
  /** The rejected answer to the same prompt, for training on preference pairs. */
  readonly rejected?: TokenExample;
}

/** The beginning of a sequence, which the model continues. */
export interface TokenPrompt {
  /** Token ids, including a forced beginning of the output. */
  readonly tokens: ArrayLike<number>;
  readonly prefixLength?: number;
  /**
   * Index of the first token of the output, for domains whose output answers the prompt. Tokens of the prompt from
   * this index on are the start of the output, which the model must continue. Such an output ends when the context is
   * full, unless `slide` is defined. If absent, the output continues the prompt and drops the oldest tokens when the
   * context is full.
   */
  readonly outputStart?: number;
  /** Input of the domain's grammar that is not in the tokens, such as parts to keep. */
  readonly grammarInput?: unknown;
  /**
   * Moves the context window, for domains whose tokens depend on where the window begins, such as times that count
   * from its start. It is called with the prompt and after each token of the output. Without this function, a full
   * window keeps only its newest tokens, or the output ends.
   *
   * @param tokens - All tokens of the prompt and the output.
   * @param window - `length`: number of tokens in the window; `room`: maximum number that the model reads; `kept`:
   *   maximum number that stay when the window moves.
   * @returns `undefined` if the window stays. Otherwise `tokens` replace the window, and `announced` are added to the
   *   output and passed to the grammar, but the model does not read them.
   */
  readonly slide?: (
    tokens: readonly number[],
    window: { readonly length: number; readonly room: number; readonly kept: number },
  ) => { readonly tokens: readonly number[]; readonly announced: readonly number[] } | undefined;
}

/** The meaning of the token ids. */
export interface Vocabulary {
  readonly size: number;
  /** Describes one token for people: `note on C4`, `" the"`. */
  describe(id: number): string;
  /**
   * Returns the UTF-8 bytes that a token adds to the text of an output; `undefined` for a token that is no text, such
   * as a stop token. Vocabularies of text have this function, and their outputs can be constrained by schemas, regular
   * expressions and grammars of text.
   */
  bytes?(id: number): Uint8Array | undefined;
  /** Special tokens by name, such as `[TOOL_CALLS]`. Fixed texts of constraints may contain them. */
  readonly specialTokens?: ReadonlyMap<string, number>;
}

/**
 * Rules for the tokens that may come next, as functions of an immutable state. Beams share states without copying
 * them. The grammar is the first of the sampling filters.
 */
export interface Grammar<State> {
  start(prompt: TokenPrompt): State;
  /** Returns the state after the token `id`. */
  advance(state: State, id: number): State;
  /** Returns the ids that may come next, each once. For large vocabularies, a `TokenMask` is read fastest. */
  allowed(state: State): Iterable<number>;
  /** Returns whether only a stop token may come next. */
  mustEnd(state: State): boolean;
  /**
   * Returns numbers, in nats, to add to the logits of ids. Without this function, the logits of allowed ids
   * stay unchanged.
   */
  prior?(state: State): Iterable<readonly [id: number, nats: number]>;
  /**
   * Returns allowed ids that receive the probability of refused ones. For example, the end of a note that is
   * sounding replaces the end of a note that is not. Without this function, the probability of refused ids is
   * spread over all allowed ids.
   */
  instead?(state: State): Iterable<Replacement>;
  /**
   * Returns tokens to put at the start of a sliding window. They restate the state that dropped tokens left,
   * such as sounding notes, the pieces on a board or open brackets. Without this function, a window is just the
   * end of its sequence.
   *
   * @param forgotten - All tokens before the window, including the prompt's; at least one.
   */
  restate?(forgotten: ArrayLike<number>): ArrayLike<number>;
}

/**
 * Ids that the grammar refuses, and allowed ids (`by`) to which the probability of the refused ids is added, in
 * proportion to the probability that each allowed id already has.
 */
export interface Replacement {
  readonly refused: Iterable<number>;
  readonly by: readonly number[];
}

/** Small text files by name, as a domain keeps them in a run folder. */
export type Files = Readonly<Record<string, string>>;

/**
 * The meaning of tokens: how examples and prompts become ids, and ids become an output. A new domain
 * implements only this interface and a {@link DomainFactory}.
 */
export interface Domain<Example, Prompt, Output> {
  readonly name: string;
  readonly vocabulary: Vocabulary;
  /** Ids that end an output. */
  readonly stopTokens: readonly number[];
  encodeExample(example: Example): TokenExample;
  encodePrompt(prompt: Prompt): TokenPrompt;
  /** Decodes tokens; never throws, because a model may generate any tokens. */
  decodeOutput(tokens: readonly number[]): Output;
  /** Encodes an output as the tokens that follow its prompt, including the stop token, to score the output. */
  encodeOutput?(output: Output): ArrayLike<number>;
  /**
   * Returns this domain, except that names of special tokens in prompts and outputs are read as those tokens.
   * By default they are ordinary text, as they should be in untrusted input.
   */
  allowSpecialTokens?(): Domain<Example, Prompt, Output>;
  /** Returns a variation of an example for training; `undefined` drops the example. */
  augment?(example: Example, random: Random): Example | undefined;
  /**
   * Cuts an example that is longer than the context into segments. Without this function, the example is
   * refused, or cropped if it is a piece.
   */
  segments?(example: TokenExample, contextLength: number): Iterable<TokenExample>;
  /**
   * Returns a crop of a piece for training. A domain needs it if facts about a whole piece must be repeated in
   * its crops. Without it, a crop is the tokens from `start` on, after the tokens that the grammar restates.
   *
   * @param example - The piece, or a variation of it, as encoded by `encodeExample`.
   * @param start - Index of the crop's first token in the example.
   * @param max - Maximum number of tokens.
   */
  crop?(example: TokenExample, start: number, max: number): TokenExample;
  /**
   * Shortens a prompt to leave room for an output; returns `undefined` if that is impossible. Without
   * this function, only the end of a long prompt is read.
   *
   * @param room - Maximum number of tokens of the prompt.
   */
  cutPrompt?(prompt: TokenPrompt, room: number): TokenPrompt | undefined;
  /** Short name of the rule by which `cutPrompt` shortens prompts, for messages to users: `head`. */
  readonly cutRule?: string;
  readonly grammar?: Grammar<unknown>;
  /** Template that turns conversations into prompts, if the model was trained to answer them. */
  readonly chatTemplate?: ChatTemplate;
}

/** A domain of any examples, prompts and outputs. */
export type AnyDomain = Domain<unknown, unknown, unknown>;

/** Makes a domain from training data, or from the files of a saved one. */
export interface DomainFactory<D, Example, Options> {
  /** Learns vocabularies from the examples, in one pass. */
  fit(examples: AsyncIterable<Example>, options: Options): Promise<D>;
  /** Returns all files that `load` needs. Equal domains must save equal files, which `fingerprint` hashes. */
  save(domain: D): Files;
  /**
   * Loads a saved domain.
   *
   * @throws Error that names the file, if a file is missing or malformed.
   */
  load(files: Files): Promise<D>;
  /**
   * Makes a domain of this kind whose vocabulary extends the vocabulary of another domain, so that training can start
   * from a model of the other domain. Ids of the other domain keep their meaning, and new ids follow them. Without
   * this function, a model must start with the vocabulary of its own domain.
   *
   * @param files - Files that the other domain saved.
   * @param given - Options that the user chose.
   * @returns the domain with all its options: the other domain's choices, and defaults.
   * @throws Error that names the file, if its tokens cannot be reused.
   */
  adapt?(
    files: Files,
    examples: AsyncIterable<Example>,
    given: Partial<Options>,
  ): Promise<Fitted<D, Options>>;
  /**
   * Returns a domain with some other options, whose new ids follow all ids of this domain, so that training can
   * start from a model of this domain. Without this function, a run's options cannot change.
   *
   * @param given - The options that differ.
   * @returns `undefined` if an id would change its meaning.
   * @throws RangeError for options that exclude each other.
   */
  extend?(domain: D, given: Partial<Options>): Promise<D | undefined>;
}

/** Result of fitting a domain to data: the domain, and its options, including values that the data determined. */
export interface Fitted<D, Options> {
  readonly domain: D;
  readonly options: Options;
}

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/**
 * The 64-bit FNV-1a hash of a domain's saved files, 16 hexadecimal digits. It distinguishes vocabularies, but
 * does not protect against forged ones.
 *
 * @see Fowler, Noll and Vo, http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function fingerprint(files: Files): string {
  let hash = OFFSET;
  const encoder = new TextEncoder();
  for (const name of Object.keys(files).sort()) {
    // Lengths are hashed too, so that text cannot move from one file into the next unnoticed.
    for (const part of [name, files[name]]) {
      const bytes = encoder.encode(part);
      hash = mix(mix(hash, encoder.encode(`${bytes.length}:`)), bytes);
    }
  }
  return hash.toString(16).padStart(16, '0');
}

/**
 * Continues a hash with bytes. It computes with two 32-bit halves, because BigInt arithmetic would take seconds on a
 * tokenizer's megabytes.
 */
function mix(start: bigint, bytes: Uint8Array): bigint {
  let high = Number(start >> 32n);
  let low = Number(start & 0xffffffffn);
  const primeLow = Number(PRIME & 0xffffffffn); // 0x1b3; the prime's other bit is 2^40
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    const product = low * primeLow; // below 2^41, exact
    const carry = Math.floor(product / 2 ** 32);
    high = (Math.imul(high, primeLow) + carry + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

/**
 * Checks the name of a file in which a domain is saved, so that it stays inside the run folder.
 *
 * @throws RangeError for an empty name or other characters.
 */
export function checkFileName(name: string): void {
  if (!/^[a-z\d][\w.-]*$/i.test(name)) {
    throw new RangeError(
      `${name}: expected a file name of letters, digits, ".", "-" and "_" that begins with a letter or digit`,
    );
  }
}

/**
 * Reads the settings that a domain has saved in one of its files.
 *
 * @param read - Checks the fields of the file's JSON object, and returns the settings.
 * @throws Error that names the file, if it is missing or malformed.
 */
export function readSavedSettings<T>(
  files: Files,
  name: string,
  read: (fields: JsonObject) => T,
): T {
  try {
    if (!Object.hasOwn(files, name)) throw new Error('expected settings, got no such file');
    const json = parseJson(files[name]);
    if (typeof json !== 'object' || json === null) throw new Error('expected an object');
    return read({ ...json });
  } catch (error) {
    throw new Error(`${name}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Makes the factory of a domain without options, whose vocabulary never changes.
 *
 * @param name - Name of the only saved file, which contains the number of ids.
 */
export function fixedFactory<Example, Prompt, Output>(
  domain: Domain<Example, Prompt, Output>,
  name: string,
): DomainFactory<Domain<Example, Prompt, Output>, Example, object> {
  const saved = { [name]: `${JSON.stringify({ ids: domain.vocabulary.size })}\n` };
  return {
    fit: () => Promise.resolve(domain),
    save: () => saved,
    load: (files) => {
      const [expected, got] = [saved[name], files[name] as unknown];
      if (got === expected) return Promise.resolve(domain);
      const found = typeof got === 'string' ? shownText(got.trim(), 40) : 'no such file';
      return Promise.reject(new Error(`${name}: expected ${expected.trim()}, got ${found}`));
    },
  };
}
