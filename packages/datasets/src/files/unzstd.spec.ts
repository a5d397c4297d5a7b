import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { sizeGuard, unzstd } from './unzstd.js';
import { gunzip } from './plain-content.js';

const LINES = Array.from({ length: 40_000 }, (_, i) => `line ${i}\n`).join('');

/** Reads a file that the program zstd made: see make-fixtures.py in the folder of fixtures. */
function fixture(name: string): Promise<Buffer> {
  return readFile(new URL(`../../test/fixtures/${name}`, import.meta.url));
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function unpack(bytes: Uint8Array, size = 1000): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of unzstd('a.zst', cut(bytes, size))) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('unzstd', () => {
  it.each([
    ['lines.txt.zst', LINES],
    ['unchecked.txt.zst', LINES],
    ['hi.txt.zst', 'hi'],
    ['unchecked-hi.txt.zst', 'hi'],
    ['empty.txt.zst', ''],
  ])('unpacks zstd from arbitrary chunks: %s', async (name, text) => {
    const packed = await fixture(name);
    expect(await unpack(packed, 7)).toBe(text);
    expect(await unpack(packed, 2 ** 20)).toBe(text);
  });

  it('reads frames one after the other, and skips skippable ones', async () => {
    const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const hi = await fixture('hi.txt.zst');
    expect(await unpack(Buffer.concat([skipped, hi, hi]))).toBe('hihi');
  });

  it('gives no more than a block at a time, however well it is packed', async () => {
    let largest = 0;
    const guard = sizeGuard('bomb.zst', Infinity);
    const bomb = cut(await fixture('bomb.txt.zst'), 2 ** 20);
    for await (const { length } of unzstd('bomb.zst', bomb, guard)) {
      largest = Math.max(largest, length);
    }
    expect(largest).toBe(2 ** 17);
  });

  it('closes a file that is not read to its end', async () => {
    const packed = await fixture('lines.txt.zst');
    let isOpen = true;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* cut(packed, 1000);
      } finally {
        isOpen = false;
      }
    }
    for await (const part of unzstd('a.zst', source())) {
      expect([part.length > 0, isOpen]).toEqual([true, true]);
      break;
    }
    expect(isOpen).toBe(false);
  });

  it('refuses a bomb', async () => {
    const bomb = cut(await fixture('bomb.txt.zst'), 2 ** 20);
    const read = async (): Promise<void> => {
      for await (const { length } of unzstd('bomb.zst', bomb, sizeGuard('bomb.zst', 2 ** 20))) {
        expect(length).toBeGreaterThan(0);
      }
    };
    await expect(read()).rejects.toThrow(
      /^bomb\.zst: expected data compressed at most 250-fold, got 1179648 bytes from \d+; decompress it first if that is intended$/,
    );
  });

  it('refuses a truncated file anywhere', async () => {
    const packed = await fixture('lines.txt.zst');
    for (const size of [1, 3, 4, 5, 6, 10, 10_000, packed.length - 4, packed.length - 1]) {
      await expect(unpack(packed.subarray(0, size))).rejects.toThrow(
        new Error('a.zst: expected complete zstd data, got a truncated file'),
      );
    }
  });

  it('notices every flipped bit of a file with a checksum', async () => {
    const packed = await fixture('lines.txt.zst');
    for (let at = 6; at < packed.length; at += 3001) {
      const flipped = Buffer.from(packed);
      flipped[at] ^= 1 << (at % 8);
      await expect(unpack(flipped, 2 ** 20)).rejects.toThrow('a.zst: expected ');
    }
    const wrong = Buffer.from(packed);
    wrong[wrong.length - 1] ^= 1;
    await expect(unpack(wrong)).rejects.toThrow(
      new Error('a.zst: expected complete zstd data, got damaged data (its checksum differs)'),
    );
  });

  it('reports data that it cannot unpack', async () => {
    await expect(unpack(await fixture('long.txt.zst'))).rejects.toThrow(
      new Error(
        'a.zst: expected complete zstd data, got a window of 134217728 bytes, more than 33554432; decompress it first',
      ),
    );
    const hi = await fixture('hi.txt.zst');
    await expect(unpack(Buffer.concat([hi, Buffer.from('more')]))).rejects.toThrow(
      new Error('a.zst: expected complete zstd data, got other data after a frame'),
    );
  });
});

describe('gunzip', () => {
  async function unpack(bytes: Uint8Array, guard = sizeGuard('a.gz')): Promise<string> {
    const parts: Uint8Array[] = [];
    for await (const part of gunzip('a.gz', cut(bytes, 1000), guard)) parts.push(part);
    return Buffer.concat(parts).toString();
  }

  const LINES = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join('');

  it('unpacks one member or several', async () => {
    expect(await unpack(gzipSync(LINES))).toBe(LINES);
    expect(await unpack(Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]))).toBe('one\ntwo\n');
  });

  it('refuses a truncated file or damaged', async () => {
    const packed = gzipSync(LINES);
    await expect(unpack(packed.subarray(0, 5000))).rejects.toHaveProperty(
      'message',
      'a.gz: expected complete gzip data, got a truncated file',
    );
    const damaged = Buffer.from(packed);
    damaged[damaged.length - 6] ^= 1; // of its checksum
    await expect(unpack(damaged)).rejects.toHaveProperty(
      'message',
      'a.gz: expected complete gzip data, got damaged data (incorrect data check)',
    );
  });

  it('refuses a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(2 ** 24));
    await expect(unpack(bomb, sizeGuard('a.gz', 2 ** 20))).rejects.toThrow(
      /^a\.gz: expected data compressed at most 250-fold, got \d+ bytes from \d+; decompress it first if that is intended$/,
    );
  });

  it('passes on the errors of its source', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(gzipSync(LINES).subarray(0, 1000));
      throw new Error('a.gz: expected permission');
    };
    const read = async (): Promise<void> => {
      for await (const part of gunzip('a.gz', broken())) expect(part.length).toBeGreaterThan(0);
    };
    await expect(read()).rejects.toThrow(new Error('a.gz: expected permission'));
  });
});
