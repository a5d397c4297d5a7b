import { firstCharacters } from './text-app.js';

async function first(count: number): Promise<[string, boolean][]> {
  const examples = async function* () {
    yield await Promise.resolve({ text: 'na\u00efve', endsDocument: false });
    yield { text: ' \u{1f40b}s', endsDocument: true };
    yield { text: 'more', endsDocument: true };
  };
  const found: [string, boolean][] = [];
  for await (const { text, endsDocument } of firstCharacters(examples(), count)) {
    found.push([text, endsDocument]);
  }
  return found;
}

describe('firstCharacters', () => {
  it('cuts within a document, which does not end there, and never within a character', async () => {
    expect(await first(3)).toEqual([['na\u00ef', false]]);
    expect(await first(7)).toEqual([
      ['na\u00efve', false],
      [' \u{1f40b}', false],
    ]);
  });

  it('keeps the end of a document that ends there, and all of a short text', async () => {
    expect(await first(8)).toEqual([
      ['na\u00efve', false],
      [' \u{1f40b}s', true],
    ]);
    expect(await first(100)).toHaveLength(3);
  });
});
