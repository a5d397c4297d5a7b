import type { PageToken } from '@ramble/explorer';

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
