import { documentTokens } from './training-data.js';

const STOP = 9;
const domain = {
  stopTokens: [STOP],
  encodeExample: (tokens: readonly number[]) => ({ tokens, lossWeights: tokens }),
};

async function joined(...examples: readonly (readonly number[])[]): Promise<[number, boolean][]> {
  async function* all(): AsyncGenerator<readonly number[]> {
    for (const example of examples) yield await Promise.resolve(example);
  }
  const tokens: [number, boolean][] = [];
  for await (const piece of documentTokens(domain, all())) {
    const ids = Array.from(piece.tokens);
    ids.forEach((id, i) => tokens.push([id, piece.endsDocument && i === ids.length - 1]));
  }
  return tokens;
}

describe('documentTokens', () => {
  it('keeps the stop token between documents, and ends the one before with it', async () => {
    expect(await joined([1, 2, STOP], [3, STOP])).toEqual([
      [1, false],
      [2, false],
      [STOP, true],
      [3, false],
    ]);
  });

  it('joins the parts of a document', async () => {
    expect((await joined([1], [2], [3, STOP])).map(([id]) => id)).toEqual([1, 2, 3]);
  });

  it('keeps a document that consists of only its end', async () => {
    expect((await joined([1, STOP], [STOP], [2])).map(([id]) => id)).toEqual([1, STOP, STOP, 2]);
    expect(await joined([], [])).toEqual([]);
  });
});
