import type { DataFile } from '@ramble/core';
import type { SummarizationExample } from '@ramble/summarization';

import { readExamples, readFilePair, readParallel } from './summarization-app.js';

function file(name: string, content: string): DataFile {
  return {
    name,
    chunks: async function* () {
      yield await Promise.resolve(Buffer.from(content));
    },
  };
}

async function all(examples: AsyncIterable<SummarizationExample>): Promise<SummarizationExample[]> {
  const found: SummarizationExample[] = [];
  for await (const example of examples) found.push(example);
  return found;
}

describe('readExamples', () => {
  it('reads lines of JSON, and texts with a tab between them', async () => {
    const json = '{"document":"One.\\n\\nTwo.","summary":"1"}';
    expect(await all(readExamples([file('a.jsonl', json), file('b.tsv', 'c\td')]))).toEqual([
      { document: 'One.\n\nTwo.', summary: '1' },
      { document: 'c', summary: 'd' },
    ]);
  });

  it('leaves pairs with an empty side out, and reports their number', async () => {
    const reasons: string[] = [];
    const pairs = readParallel(file('a.doc', 'one\r\n\r\nthree'), file('a.sum', '1\n2\n '), {
      onSkip: (reason) => void reasons.push(reason),
    });
    expect(await all(pairs)).toEqual([{ document: 'one', summary: '1' }]);
    expect(reasons).toEqual(['2 of 3 pairs with an empty side (a.doc, a.sum)']);
  });

  it('reads two files that are a pair', async () => {
    const pair = readFilePair(file('d/1.txt', 'One.\r\n\r\nTwo.\n'), file('s/1.txt', 'both\n'));
    expect(await all(pair)).toEqual([{ document: 'One.\n\nTwo.', summary: 'both' }]);
    const empty = [file('d/2.txt', 'a'), file('s/2.txt', '\n')] as const;
    const message = 'd/2.txt, s/2.txt: expected a document and a summary, got an empty file';
    await expect(all(readFilePair(...empty))).rejects.toThrow(new Error(message));
    const reasons: string[] = [];
    const onSkip = (reason: string): void => void reasons.push(reason);
    expect(await all(readFilePair(...empty, { onSkip }))).toEqual([]);
    expect(reasons).toEqual([message]);
  });

  it('refuses a file without pairs', async () => {
    await expect(all(readExamples([file('a.tsv', '\n')]))).rejects.toThrow(
      new Error('a.tsv: expected documents and summaries, got none'),
    );
  });
});
