import { partsBehind } from './parts-behind.js';

/**
 * What ends a sentence, with the white space after it: a mark before something that does not begin with
 * a small letter, one of Chinese or Japanese anywhere, or the end of a line. `Intl.Segmenter` knows more
 * of it, but takes minutes for a megabyte.
 */
const END =
  /[.!?…](?![.!?…])["'”’)\]]*\s+(?=[^\p{Ll}\s])|[。！？](?![。！？])["'”’）」』]*\s*|\n\s*/gu;

/** The sentences of a text, each with the white space after it; joined, they are the text. */
export function sentencesOf(text: string): string[] {
  return partsBehind(text, END);
}
