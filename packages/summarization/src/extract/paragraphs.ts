import { partsBehind } from './parts-behind.js';

/** The paragraphs of a text, each with the blank lines after it; joined, they are the text. */
export function paragraphsOf(text: string): string[] {
  return partsBehind(text, /\n[^\S\n]*\n\s*/g);
}
