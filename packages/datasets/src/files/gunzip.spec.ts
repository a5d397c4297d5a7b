import { gzipSync } from 'node:zlib';

import { sizeGuard } from './unzstd.js';
import { gunzip } from './plain-content.js';

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}

async function unpack(bytes: Uint8Array, guard = sizeGuard('a.gz')): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of gunzip('a.gz', cut(bytes, 1000), guard)) parts.push(part);
  return Buffer.concat(parts).toString();
}

const LINES = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join('');

describe('gunzip', () => {
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
