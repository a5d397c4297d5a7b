import type { TextExample } from '@ramble/language';

/** The first characters of a text, code points as `countUnits` counts them; all of a shorter one. */
export async function* firstCharacters(
  examples: AsyncIterable<TextExample>,
  count: number,
): AsyncGenerator<TextExample> {
  let left = count;
  for await (const example of examples) {
    const characters = Array.from(example.text);
    if (characters.length > left) {
      yield { ...example, text: characters.slice(0, left).join(''), endsDocument: false };
      return;
    }
    yield example;
    left -= characters.length;
    if (left === 0) return;
  }
}
