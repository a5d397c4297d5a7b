import { partsBehind } from './parts-behind.js';

/** The id before the first event of a piece and after its last; not one of the 388. */
const END =
  /[.!?…](?![.!?…])["'”’)\]]*\s+(?=[^\p{Ll}\s])|[。！？](?![。！？])["'”’）」』]*\s*|\n\s*/gu;

/** The sentences of a text, each with the white space after it; joined, they are the text. */
export function sentencesOf(text: string): string[] {
  return partsBehind(text, END);
}
