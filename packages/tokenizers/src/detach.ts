const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * A copy of a string in memory of its own, lone surrogates replaced by U+FFFD.
 *
 * V8 keeps a whole text alive for a slice of 13 characters or more, so that a map of the words
 * of a corpus would hold the corpus.
 */
export function detach(slice: string): string {
  return decoder.decode(encoder.encode(slice));
}
