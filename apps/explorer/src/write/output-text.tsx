import { batch, type Signal, signal } from '@preact/signals';
import type { PageToken, WrittenToken } from '@ramble/explorer';
import type { JSX } from 'preact';

/** Maximum number of bytes of a character; each byte may be a token. */
const BYTES_OF_CHARACTER = 4;

/** Joins characters whose bytes come in several tokens. */
export class TokenDecoder {
  #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Whether the tokens so far end within a character. */
  #isInside = false;

  /**
   * Decodes the next token.
   *
   * @returns the text that the token completes: empty within a character; U+FFFD for invalid bytes.
   */
  push({ text, bytes }: Pick<PageToken, 'text' | 'bytes'>): string {
    if (bytes) {
      this.#isInside = true;
      return this.#decoder.decode(Uint8Array.from(bytes), { stream: true });
    }
    if (!this.#isInside) return text;
    this.#isInside = false;
    return this.#decoder.decode() + text;
  }

  /** Restarts after these tokens. */
  restart(tokens: readonly PageToken[]): void {
    this.#decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    this.#isInside = false;
    for (const token of tokens.slice(1 - BYTES_OF_CHARACTER)) this.push(token);
  }
}

/** Returns the text of each token. A character whose bytes are in several tokens is in the text of the last one. */
export function tokenTexts(tokens: readonly PageToken[]): string[] {
  const decoder = new TokenDecoder();
  return tokens.map((token) => decoder.push(token));
}

/** Tokens that are drawn together. A new token only redraws its chunk. */
interface Chunk {
  /** Index of the chunk's first token in the output. */
  readonly start: number;
  readonly tokens: Signal<readonly WrittenToken[]>;
}

/** Chunks in an element that the browser skips while it is out of sight. */
interface Block {
  /** Index of the block's first token in the output. */
  readonly start: number;
  readonly chunks: Signal<readonly Chunk[]>;
}

const CHUNK_LENGTH = 64;
/**
 * Minimum and maximum number of tokens in a block: it ends after the first line break after `min`, at the latest at
 * `max`.
 */
const BLOCK_LENGTH = { min: 128, max: 2048 };

/** The tokens of an output as they arrive. Only the last 64 are redrawn, even for 100,000 tokens. */
export class OutputText {
  readonly blocks = signal<readonly Block[]>([]);
  /** The number of tokens. */
  readonly length = signal(0);
  #tokens: WrittenToken[] = [];
  /** The drawn text of each token. A character whose bytes are in several tokens is in the text of the last one. */
  #texts: string[] = [];
  readonly #decoder = new TokenDecoder();

  /** All tokens so far, as they were received. */
  get tokens(): readonly WrittenToken[] {
    return this.#tokens;
  }

  /** The text of all tokens so far. */
  get string(): string {
    return this.#texts.join('');
  }

  /** Adds tokens at the end with a single redraw. */
  append(tokens: readonly WrittenToken[]): void {
    batch(() => {
      for (const given of tokens) {
        const text = this.#decoder.push(given);
        const token = text === given.text ? given : { ...given, text };
        const chunk = this.#openChunk(this.#openBlock());
        chunk.tokens.value = [...chunk.tokens.peek(), token];
        this.#tokens.push(given);
        this.#texts.push(text);
      }
      this.length.value = this.#tokens.length;
    });
  }

  /** Keeps only the first tokens and redraws only the end. */
  truncate(length: number): void {
    const isKept = ({ start }: Block | Chunk) => start < length;
    batch(() => {
      this.#tokens = this.#tokens.slice(0, length);
      this.#texts = this.#texts.slice(0, length);
      this.#decoder.restart(this.#tokens);
      this.length.value = this.#tokens.length;
      this.blocks.value = this.blocks.peek().filter(isKept);
      const chunks = this.blocks.peek().at(-1)?.chunks;
      if (!chunks) return;
      chunks.value = chunks.peek().filter(isKept);
      const last = chunks.peek().at(-1);
      if (last) last.tokens.value = last.tokens.peek().slice(0, length - last.start);
    });
  }

  #openBlock(): Block {
    const last = this.blocks.peek().at(-1);
    if (last && !this.#isFull(last)) return last;
    const block = { start: this.#tokens.length, chunks: signal<readonly Chunk[]>([]) };
    this.blocks.value = [...this.blocks.peek(), block];
    return block;
  }

  #openChunk({ chunks }: Block): Chunk {
    const last = chunks.peek().at(-1);
    if (last && last.tokens.peek().length < CHUNK_LENGTH) return last;
    const chunk = { start: this.#tokens.length, tokens: signal<readonly WrittenToken[]>([]) };
    chunks.value = [...chunks.peek(), chunk];
    return chunk;
  }

  #isFull({ start }: Block): boolean {
    const length = this.#tokens.length - start;
    const isLineEnd = this.#tokens.at(-1)?.text.endsWith('\n') ?? false;
    return length >= BLOCK_LENGTH.max || (isLineEnd && length >= BLOCK_LENGTH.min);
  }
}

/** The tokens of an output, each a span with its index. */
export function TokenText(props: {
  readonly text: OutputText;
  /** Whether tokens are separate words instead of pieces of a text. */
  readonly hasWords: boolean;
}): JSX.Element {
  const { text, hasWords } = props;
  return (
    <>
      {text.blocks.value.map((block) => (
        <BlockText key={block.start} block={block} hasWords={hasWords} />
      ))}
    </>
  );
}

function BlockText(props: { readonly block: Block; readonly hasWords: boolean }): JSX.Element {
  const { block, hasWords } = props;
  return (
    <div class="block">
      {block.chunks.value.map((chunk) => (
        <ChunkText key={chunk.start} chunk={chunk} hasWords={hasWords} />
      ))}
    </div>
  );
}

function ChunkText(props: { readonly chunk: Chunk; readonly hasWords: boolean }): JSX.Element {
  const { chunk, hasWords } = props;
  return (
    <>
      {chunk.tokens.value.map((token, i) => (
        <TokenSpan
          key={i}
          token={token}
          index={chunk.start + i}
          word={hasWords ? token.word : token.text}
        />
      ))}
    </>
  );
}

function TokenSpan(props: {
  readonly token: WrittenToken;
  readonly index: number;
  readonly word: string;
}): JSX.Element {
  return (
    <span class={shadeClasses(props.token)} data-index={props.index}>
      {props.word}
    </span>
  );
}

/** Quantity that the colour of a token shows. */
export type Shade = 'probability' | 'entropy' | 'none';

/** Surprisal in bits at which each deeper shade begins. */
const SURPRISE_BITS = [0.5, 1, 2, 3.5, 5, 7, 10];
const ENTROPY_BITS = [0.25, 0.75, 1.5, 2.5, 3.5, 5, 7];

/** Number of shades, including no shade. */
export const SHADES = SURPRISE_BITS.length + 1;

/** Returns the classes of a token for its surprisal and the entropy at its position. */
export function shadeClasses({ probability, entropy }: WrittenToken): string {
  return `token p${bucketOf(-Math.log2(probability), SURPRISE_BITS)} e${bucketOf(entropy, ENTROPY_BITS)}`;
}

function bucketOf(bits: number, limits: readonly number[]): number {
  const index = limits.findIndex((limit) => bits < limit);
  return index < 0 ? limits.length : index;
}
