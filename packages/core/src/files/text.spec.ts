import { isUtf8 } from 'node:buffer';

import fc from 'fast-check';

import { decodeText, decodeUtf8, fileLines } from './text.js';

describe('decodeText', () => {
  it('decodes a text unchanged', () => {
    expect(decodeText('prompt', new TextEncoder().encode(' a 🐋\r\n'))).toBe(' a 🐋\r\n');
  });

  it('names the content that is not UTF-8', () => {
    expect(() => decodeText('prompt', Uint8Array.of(0xe9))).toThrow(
      /^prompt: expected text in UTF-8, got other bytes$/,
    );
  });
});

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function decode(bytes: Uint8Array, size = 4): Promise<string> {
  let text = '';
  for await (const part of decodeUtf8('data.bin', chunksOf(bytes, size))) text += part;
  return text;
}

describe('decodeUtf8', () => {
  it('decodes any text, for any cut of the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 1, max: 5 }),
        async (raw, size) => {
          const text = raw.replaceAll('\0', '').replace(/^\uFEFF+/, '');
          expect(await decode(Buffer.from(text), size)).toBe(text);
        },
      ),
    );
  });

  it('drops a byte-order mark at the start, and only there', async () => {
    expect(await decode(Buffer.from('\uFEFFa\uFEFFb'), 1)).toBe('a\uFEFFb');
  });

  it('keeps line ends unchanged', async () => {
    expect(await decode(Buffer.from('a\r\nb\rc\n'), 2)).toBe('a\r\nb\rc\n');
  });

  it('names the offset of a NUL byte', async () => {
    await expect(decode(Buffer.from('twelve bytes\0more'))).rejects.toThrow(
      new Error('data.bin: expected UTF-8 text, got a NUL byte at offset 12'),
    );
  });

  it.each([
    ['Latin-1', [0x63, 0x61, 0x66, 0xe9, 0x0a, 0x0a, 0x0a], '0xe9 at offset 3'],
    ['a lone continuation byte', [0x61, 0x80, 0x61], '0x80 at offset 1'],
    ['a surrogate', [0x61, 0xed, 0xa0, 0x80, 0x61], '0xed at offset 1'],
    ['an overlong form', [0xc3, 0xa9, 0xc0, 0xaf, 0x61], '0xc0 at offset 2'],
    ['a byte above the last code point', [0x61, 0xf5, 0x80, 0x80, 0x80], '0xf5 at offset 1'],
    ['a character cut off at the end', [0x61, 0xe2, 0x82], '0xe2 at offset 1'],
  ])('names the byte and offset of %s', async (_, bytes, place) => {
    for (const size of [1, 2, 3, 7]) {
      await expect(decode(Uint8Array.from(bytes), size)).rejects.toThrow(
        new Error(
          `data.bin: expected UTF-8 text, got byte ${place}; iconv converts text of another encoding`,
        ),
      );
    }
  });

  it('refuses exactly the bytes that are not UTF-8', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ min: 1, maxLength: 12 }), async (bytes) => {
        const outcome = decode(bytes, 3).then(
          () => true,
          () => false,
        );
        expect(await outcome).toBe(isUtf8(bytes));
      }),
      { numRuns: 1000 },
    );
  });
});

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
