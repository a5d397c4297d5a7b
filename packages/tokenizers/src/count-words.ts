import { detach } from './detach.js';
import { wordEnd } from './word-end.js';

/** How often each word of GPT-2's pre-tokenizer occurs; no word goes from one text into the next. */
export async function countWords(
  texts: Iterable<string> | AsyncIterable<string>,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const text of texts) {
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = wordEnd(text, start, text.length);
      const slice = text.slice(start, end);
      const word = counts.has(slice) ? slice : detach(slice);
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}
