import { fileLines } from './text.js';

async function linesOf(text: string, chunkBytes: number): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      yield await Promise.resolve(bytes.subarray(at, at + chunkBytes));
    }
  }
  const lines: string[] = [];
  for await (const line of fileLines({ name: 'words.txt', chunks })) lines.push(line);
  return lines;
}

describe('fileLines', () => {
  it.each([1, 2, 3, 100])('yields lines without their ends, read %i bytes at a time', async (n) => {
    expect(await linesOf('ä\r\nb\n\nc', n)).toEqual(['ä', 'b', '', 'c']);
  });

  it('yields no line after the last line end, and none for an empty file', async () => {
    expect(await linesOf('a\n', 2)).toEqual(['a']);
    expect(await linesOf('', 2)).toEqual([]);
  });

  it('names the file that is not text', async () => {
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Uint8Array.of(0x61, 0xff, 0x61, 0x61, 0x61));
    };
    await expect(fileLines({ name: 'words.bin', chunks }).next()).rejects.toThrow(
      'words.bin: expected UTF-8 text, got byte 0xff at offset 1; iconv converts text of another encoding',
    );
  });
});
