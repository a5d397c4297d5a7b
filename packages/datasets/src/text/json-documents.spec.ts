import { jsonDocuments } from './documents.js';

async function* chunksOf(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) {
    yield await Promise.resolve(text.slice(at, at + size));
  }
}

async function read(text: string, size = 5): Promise<string[]> {
  const documents: string[] = [];
  for await (const piece of jsonDocuments({ name: 'talk.jsonl' }, chunksOf(text, size))) {
    expect(piece.endsDocument).toBe(true);
    documents.push(piece.text);
  }
  return documents;
}

describe('jsonDocuments', () => {
  it('takes the text of each line and skips empty lines and other fields', async () => {
    const lines = '{"text":"one\\ntwo"}\r\n\n{"id":7,"text":"é"}\n  \n{"text":""}';
    for (const size of [1, 5, 100]) expect(await read(lines, size)).toEqual(['one\ntwo', 'é', '']);
  });

  it.each([
    ['is not JSON', '{"text":"a"}\n\n{"text": oops}', 3, '{"text": oops}'],
    ['has no text', '{"txt":"a"}\n', 1, '{"txt":"a"}'],
    ['has a text that is no string', '{"text":"a"}\n{"text":5}\n', 2, '{"text":5}'],
    ['is no object', 'null', 1, 'null'],
    ['is long', `["${'x'.repeat(100)}"]`, 1, `["${'x'.repeat(58)}…`],
  ])('names the line that %s', async (_, text, line, shown) => {
    await expect(read(text)).rejects.toThrow(
      new Error(`talk.jsonl line ${line}: expected JSON like {"text": "…"}, got ${shown}`),
    );
  });
});
