import { readText } from './read-documents.js';
import type { TextPiece } from './documents.js';

async function read(name: string, content: string): Promise<TextPiece[]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const byte of Buffer.from(content)) yield await Promise.resolve(Uint8Array.of(byte));
  }
  const pieces: TextPiece[] = [];
  for await (const piece of readText({ name, chunks })) pieces.push(piece);
  return pieces;
}

describe('readText', () => {
  it('takes any source of bytes for one document', async () => {
    expect(await read('standard input', '\uFEFFnaïve\r\n')).toEqual([
      { text: 'naïve\r\n', endsDocument: true },
    ]);
  });

  it('determines documents by the name of the file', async () => {
    expect(await read('TALKS.JSONL', '{"text":"one"}\n{"text":"two"}')).toEqual([
      { text: 'one', endsDocument: true },
      { text: 'two', endsDocument: true },
    ]);
  });

  it('gives nothing for nothing', async () => {
    expect(await read('a.txt', '')).toEqual([]);
  });
});
