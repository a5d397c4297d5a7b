import { memoryFile } from '../../test/memory-file.js';
import { readPairs, readParallel, type TextPair } from './read-pairs.js';

const FIELDS = { first: 'source', second: 'target' };
async function pairs(name: string, content: string | Uint8Array): Promise<TextPair[]> {
  const found: TextPair[] = [];
  for await (const pair of readPairs(memoryFile(name, content), FIELDS)) found.push(pair);
  return found;
}

describe('readPairs', () => {
  it("reads two texts with a tab between them from each line, with the line's number", async () => {
    expect(await pairs('a.tsv', 'a dog\tun chien\r\n\n\tvide\nend\tfin')).toEqual([
      { first: 'a dog', second: 'un chien', place: 'a.tsv line 1' },
      { first: '', second: 'vide', place: 'a.tsv line 3' },
      { first: 'end', second: 'fin', place: 'a.tsv line 4' },
    ]);
  });

  it('reads objects from a .jsonl file, with their other texts', async () => {
    const line = '{"target": "un chien", "source": "a dog", "to": "fr", "id": 3}\n';
    expect(await pairs('a.JSONL', line)).toEqual([
      { first: 'a dog', second: 'un chien', place: 'a.JSONL line 1', labels: { to: 'fr' } },
    ]);
  });

  it.each([
    ['a.tsv', 'a\tb\nc', 'line 2: expected a source, a tab and a target, got c'],
    ['a.tsv', 'a\tb\tc', 'line 1: expected a source, a tab and a target, got a\\tb\\tc'],
    [
      'a.jsonl',
      '{"source":"a"}',
      'line 1: expected JSON like {"source": "…", "target": "…"}, got {"source":"a"}',
    ],
    ['a.jsonl', 'null', 'line 1: expected JSON like {"source": "…", "target": "…"}, got null'],
    [
      'a.jsonl',
      `{"source":"${'x'.repeat(60)}`,
      `line 1: expected JSON like {"source": "…", "target": "…"}, got {"source":"${'x'.repeat(49)}…`,
    ],
  ])('names the line that is not a pair: %s %j', async (name, content, message) => {
    await expect(pairs(name, content)).rejects.toThrow(new Error(`${name} ${message}`));
  });

  it('gives the offset of bytes that are not text', async () => {
    await expect(pairs('a.tsv', Buffer.from('né\tnée\n', 'latin1'))).rejects.toThrow(
      new Error(
        'a.tsv: expected UTF-8 text, got byte 0xe9 at offset 1; iconv converts text of another encoding',
      ),
    );
  });
});

describe('readParallel', () => {
  async function pairs(first: string, second: string): Promise<TextPair[]> {
    const found: TextPair[] = [];
    const files = [memoryFile('a.en', first), memoryFile('a.fr', second)] as const;
    for await (const pair of readParallel(...files)) found.push(pair);
    return found;
  }

  it('pairs the lines of two files, including empty ones', async () => {
    expect(await pairs('a dog\n\na cat', 'un chien\r\n\r\nun chat\r\n')).toEqual([
      { first: 'a dog', second: 'un chien' },
      { first: '', second: '' },
      { first: 'a cat', second: 'un chat' },
    ]);
  });

  it('keeps a last line that is empty when it has an end', async () => {
    expect(await pairs('a\n\n', 'b\n\n')).toHaveLength(2);
  });

  it.each([
    ['a\nb\nc\n', 'x\n', 3, 1],
    ['a\n', 'x\ny\nz\nz', 1, 4],
    ['', 'x\n', 0, 1],
  ])('names both counts when one has more lines: %j and %j', async (first, second, a, b) => {
    await expect(pairs(first, second)).rejects.toThrow(
      new Error(`a.fr: expected as many lines as a.en (${a}), got ${b}`),
    );
  });
});
