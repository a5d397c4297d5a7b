import { createHash } from 'node:crypto';

import type { DataFile } from '@ramble/core';

import { hashData } from './find-data.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const file = (name: string, ...parts: readonly string[]): DataFile => ({
  name,
  chunks: async function* () {
    for (const part of parts) yield await Promise.resolve(Buffer.from(part));
  },
});

describe('hashData', () => {
  it('hashes the bytes of a single file, whatever its name', async () => {
    expect(await hashData([file('a', 'call', ' me')])).toBe(sha256('call me'));
    expect(await hashData([file('b', 'call me')])).toBe(sha256('call me'));
  });

  it('hashes the list of hashes of two files', async () => {
    const both = `${sha256('one')}\n${sha256('two')}\n`;
    expect(await hashData([file('a', 'one'), file('b', 'two')])).toBe(sha256(both));
  });
});
