import type { DataFile } from '@ramble/core';
import type { TranslationExample } from '@ramble/translation';

import { readExamples, readParallel } from './translation-app.js';

function file(name: string, content: string): DataFile {
  return {
    name,
    chunks: async function* () {
      yield await Promise.resolve(Buffer.from(content));
    },
  };
}

async function all(examples: AsyncIterable<TranslationExample>): Promise<TranslationExample[]> {
  const found: TranslationExample[] = [];
  for await (const example of examples) found.push(example);
  return found;
}

describe('readExamples', () => {
  it('reads pairs with a tab between them, and lines of JSON with their languages and places', async () => {
    const json = '{"source":"dog","target":"Hund","from":"en","to":"de"}';
    expect(await all(readExamples([file('a.tsv', 'a\tb'), file('b.jsonl', json)]))).toEqual([
      { source: 'a', target: 'b', place: 'a.tsv line 1' },
      { source: 'dog', target: 'Hund', from: 'en', to: 'de', place: 'b.jsonl line 1' },
    ]);
  });

  it('leaves pairs with an empty side out, and reports their number', async () => {
    const reasons: string[] = [];
    const onSkip = (reason: string): void => void reasons.push(reason);
    const pairs = readParallel(
      file('a.en', 'one\n\n \nfour'),
      file('a.fr', 'un\ndeux\ntrois\nquatre'),
      { onSkip },
    );
    expect((await all(pairs)).map(({ target }) => target)).toEqual(['un', 'quatre']);
    expect(reasons).toEqual(['2 of 4 pairs with an empty side (a.en, a.fr)']);
  });

  it('refuses a file without pairs', async () => {
    await expect(all(readExamples([file('a.tsv', '\n\n')]))).rejects.toThrow(
      new Error('a.tsv: expected pairs of texts, got none'),
    );
  });
});
