import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { openTokenFile, type TokenFile } from './open-token-file.js';
import { writeTokenFile, type TokenPiece } from './write-token-file.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-tokens-'));
  path = join(folder, 'a.tokens');
});
afterEach(() => rm(folder, { recursive: true }));

const info = {
  vocabSize: 65,
  tokenizerFingerprint: '0123456789abcdef',
  dataSha256: 'f'.repeat(64),
};

async function* piecesOf(documents: readonly number[][], size = 3): AsyncGenerator<TokenPiece> {
  for (const document of documents) {
    for (let at = 0; at < document.length; at += size) {
      yield await Promise.resolve({ tokens: document.slice(at, at + size), endsDocument: false });
    }
    yield { tokens: [], endsDocument: true };
  }
}

async function startsOf({ documents }: TokenFile): Promise<number[]> {
  return Promise.all(Array.from({ length: documents.count }, (_, i) => documents.start(i)));
}

/** Opens, reads and closes. */
async function withFile<T>(read: (file: TokenFile) => Promise<T>): Promise<T> {
  const file = await openTokenFile(path);
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

describe('a token file', () => {
  it.each([
    ['uint16', 65_536],
    ['uint32', 65_537],
  ])('keeps ids as %s for a vocabulary of %d', async (dtype, vocabSize) => {
    const ids = [0, 1, 255, 256, 65_535, vocabSize - 1];
    await writeTokenFile(path, { ...info, vocabSize }, piecesOf([ids]));
    expect((await readFile(path)).toString('latin1')).toContain(`"dtype":"${dtype}"`);
    await withFile(async (file) => {
      expect(file.length).toBe(6);
      expect(Array.from(await file.read(0, 6))).toEqual(ids);
    });
  });

  it('stores the given information and the starts of documents', async () => {
    await writeTokenFile(path, info, piecesOf([[1, 2, 3, 4, 5], [6], [], [7, 8]]));
    await withFile(async (file) => {
      expect(file.info).toEqual(info);
      expect(await startsOf(file)).toEqual([0, 5, 6]);
    });
  });

  it('reads any window of any documents', async () => {
    const documents = fc.array(fc.array(fc.nat(64), { minLength: 1, maxLength: 20 }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(documents, fc.nat(), fc.nat(), async (all, a, b) => {
        await writeTokenFile(path, info, piecesOf(all));
        await withFile(async (file) => {
          const ids = all.flat();
          const start = a % ids.length;
          const count = b % (ids.length - start + 1);
          const window = ids.slice(start, start + count);
          expect(Array.from(await file.read(start, count))).toEqual(window);
          const starts = await startsOf(file);
          expect(starts.map((from, i) => ids.slice(from, starts[i + 1]))).toEqual(all);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('is the same file for any pieces, also longer than a block', async () => {
    const ids = Array.from({ length: 600_000 }, (_, i) => i % 65);
    const digests = new Set<string>();
    for (const size of [7, 1000, 600_000]) {
      await writeTokenFile(path, info, piecesOf([ids, ids], size));
      digests.add(
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      );
    }
    expect(digests.size).toBe(1);
    const last = await withFile((file) => file.read(1_199_990, 10));
    expect(Array.from(last)).toEqual(ids.slice(-10));
  });

  it('may be empty', async () => {
    await writeTokenFile(path, info, piecesOf([]));
    await withFile(async (file) => {
      expect([file.length, file.documents.count]).toEqual([0, 0]);
      expect(await file.read(0, 0)).toHaveLength(0);
    });
  });

  it('leaves no file when writing fails', async () => {
    const write = writeTokenFile(
      path,
      info,
      piecesOf([
        [1, 2, 3, 4],
        [64, 65],
      ]),
    );
    await expect(write).rejects.toThrow(
      new RangeError('tokens: expected ids from 0 to 64, got 65 at position 5'),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([-1, 0.5, NaN])('takes no id of %d', async (id) => {
    await expect(writeTokenFile(path, info, piecesOf([[id]]))).rejects.toThrow(
      new RangeError(`tokens: expected ids from 0 to 64, got ${id} at position 0`),
    );
  });
});

describe('openTokenFile', () => {
  it.each([
    [4, 4],
    [-1, 2],
    [0, -1],
    [0.5, 1],
    [0, 8],
  ])('refuses the window at %d of %d tokens', async (start, count) => {
    await writeTokenFile(path, info, piecesOf([[1, 2, 3, 4, 5, 6, 7]]));
    await withFile(async (file) => {
      await expect(file.read(start, count)).rejects.toThrow(
        new RangeError(
          `tokens: expected ${count} from position ${start}, got a source of 7 tokens`,
        ),
      );
    });
  });

  it('refuses a document that is not there', async () => {
    await writeTokenFile(path, info, piecesOf([[1], [2]]));
    await withFile(async (file) => {
      await expect(file.documents.start(2)).rejects.toThrow(
        new RangeError('document: expected 0 to 1, got 2'),
      );
    });
  });

  it('refuses to read once closed', async () => {
    await writeTokenFile(path, info, piecesOf([[1]]));
    const file = await openTokenFile(path);
    await file.close();
    await expect(file.read(0, 1)).rejects.toThrow(
      new Error(`${path}: expected an open file, got a closed one`),
    );
  });

  it('names a missing file', async () => {
    await expect(openTokenFile(path)).rejects.toHaveProperty(
      'message',
      `${path}: expected a file or folder, got nothing at that path`,
    );
  });

  const damage: [string, (bytes: Buffer) => Buffer | string, string][] = [
    ['text', () => 'Call me Ishmael.', 'a token file of ramble, got another kind of file'],
    ['nothing', () => '', 'a token file of ramble, got another kind of file'],
    ['only its first bytes', (b) => b.subarray(0, 10), 'token file version 1, got none'],
    ['a later version', (b) => patch(b, 8, 2), 'token file version 1, got 2'],
    ['a huge header', (b) => patch(b, 12, 1 << 20), 'a header of at most 65536 bytes, got 1048576'],
    ['half a header', (b) => b.subarray(0, 40), 'an intact header, got a damaged one'],
    [
      'a wrong header',
      (b) => replace(b, 'uint16', 'uint32'),
      'an intact header, got a damaged one',
    ],
    ['a negative count', (b) => replace(b, ':7,', ':-7'), 'an intact header, got a damaged one'],
    ['too little', (b) => b.subarray(0, -1), '247 bytes, got 246'],
    ['too much', (b) => Buffer.concat([b, b]), '247 bytes, got 494'],
  ];
  it.each(damage)('refuses a file that holds %s', async (_, change, message) => {
    await writeTokenFile(path, info, piecesOf([[1, 2, 3, 4, 5, 6, 7]]));
    await writeFile(path, change(await readFile(path)));
    await expect(openTokenFile(path)).rejects.toThrow(new Error(`${path}: expected ${message}`));
  });
});

function patch(bytes: Buffer, offset: number, value: number): Buffer {
  bytes.writeUInt32LE(value, offset);
  return bytes;
}

function replace(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
}
