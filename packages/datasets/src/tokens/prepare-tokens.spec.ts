import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { memoryTokens } from '@ramble/core';
import type { TokenSource } from '@ramble/core/files';
import fc from 'fast-check';

import type { Progress } from '../download/download-file.js';
import type { TextPiece } from '../text/documents.js';
import { prepareTokens, splitTokens, type TokenPreparation } from './prepare-tokens.js';
import type { DocumentStarts } from './open-token-file.js';

let cacheFolder: string;

async function* pieces(): AsyncGenerator<TextPiece> {
  yield await Promise.resolve({ text: 'one', endsDocument: false });
  yield { text: ' é', endsDocument: true };
  yield { text: 'two', endsDocument: true };
}

/** Bytes as tokens, 256 as the end of text; counts what is encoded. */
function preparation(): TokenPreparation & { encoded: string[] } {
  const encoded: string[] = [];
  return {
    pieces: pieces(),
    dataSha256: 'f'.repeat(64),
    dataBytes: 9,
    tokenizerFingerprint: '0123456789abcdef',
    vocabSize: 257,
    encode: (text) => {
      encoded.push(text);
      return Buffer.from(text);
    },
    endOfText: 256,
    cacheFolder,
    encoded,
  };
}

async function prepare(changes: Partial<TokenPreparation> = {}): Promise<{
  ids: number[];
  starts: number[];
  encoded: string[];
}> {
  const settings = preparation();
  const file = await prepareTokens({ ...settings, ...changes });
  try {
    const { documents } = file;
    const starts = Array.from({ length: documents.count }, (_, i) => documents.start(i));
    return {
      ids: Array.from(await file.read(0, file.length)),
      starts: await Promise.all(starts),
      encoded: settings.encoded,
    };
  } finally {
    await file.close();
  }
}

describe('prepareTokens', () => {
  beforeEach(async () => {
    cacheFolder = await mkdtemp(join(tmpdir(), 'ramble-prepare-'));
  });
  afterEach(() => rm(cacheFolder, { recursive: true }));

  it('advises how to choose another cache if this one cannot be written', async () => {
    await writeFile(join(cacheFolder, 'tokens'), 'a file in the place of a folder');
    await expect(prepare()).rejects.toThrow(
      /^.*tokens.*: expected .*, got a file; RAMBLE_CACHE names another folder for the cache$/,
    );
    expect(await readdir(cacheFolder)).toEqual(['tokens']);
  });

  it('puts the end of text between documents, with the one before', async () => {
    const { ids, starts } = await prepare();
    expect(ids).toEqual([...Buffer.from('one é'), 256, ...Buffer.from('two')]);
    expect(starts).toEqual([0, 7]);
  });

  it('joins documents if the tokenizer has no end of text', async () => {
    const { ids, starts } = await prepare({ endOfText: undefined });
    expect(ids).toEqual([...Buffer.from('one étwo')]);
    expect(starts).toEqual([0, 6]);
  });

  it('encodes once', async () => {
    const first = await prepare();
    const second = await prepare();
    expect(first.encoded).toEqual(['one', ' é', 'two']);
    expect(second.encoded).toEqual([]);
    expect(second.ids).toEqual(first.ids);
  });

  it.each<Partial<TokenPreparation>>([
    { dataSha256: '0'.repeat(64) },
    { tokenizerFingerprint: 'fedcba9876543210' },
    { vocabSize: 300 },
    { endOfText: 255 },
    { endOfText: undefined },
  ])('encodes again for %j', async (changes) => {
    await prepare();
    expect((await prepare(changes)).encoded).toEqual(['one', ' é', 'two']);
  });

  it('encodes again when the file in the cache is damaged', async () => {
    const { ids } = await prepare();
    const [name] = await readdir(join(cacheFolder, 'tokens'));
    await truncate(join(cacheFolder, 'tokens', name), 100);
    expect((await prepare()).ids).toEqual(ids);
  });

  it('reports its progress, up to the whole', async () => {
    const reports: Progress[] = [];
    await prepare({ dataBytes: 8, onProgress: (progress) => reports.push(progress) });
    expect(reports.map(({ doneBytes }) => doneBytes)).toEqual([3, 6, 8, 8]);
    expect(reports.every(({ totalBytes }) => totalBytes === 8)).toBe(true);
  });

  it('stops on abort, leaves no file and can begin again', async () => {
    const controller = new AbortController();
    const encode = (text: string): Uint8Array => {
      controller.abort(new Error('Ctrl-C'));
      return Buffer.from(text);
    };
    await expect(prepare({ encode, signal: controller.signal })).rejects.toThrow(
      new Error('Ctrl-C'),
    );
    expect(await readdir(join(cacheFolder, 'tokens'))).toEqual([]);
    expect((await prepare()).ids).toHaveLength(10);
  });

  it("passes on the tokenizer's error", async () => {
    const encode = (): never => {
      throw new Error('text: expected known characters, got "é" at 4');
    };
    await expect(prepare({ encode })).rejects.toThrow(
      new Error('text: expected known characters, got "é" at 4'),
    );
  });
});

const tokens = (length: number): TokenSource =>
  memoryTokens(Array.from({ length }, (_, index) => index));
const startsAt = (...starts: number[]): DocumentStarts => ({
  count: starts.length,
  start: (document) => Promise.resolve(starts[document]),
});
const read = async (source: TokenSource): Promise<number[]> =>
  Array.from(await source.read(0, source.length));

describe('splitTokens', () => {
  it.each([
    [1_115_394, 1_003_854], // tinyshakespeare: nanoGPT trains on 1,003,854 characters
    [10, 9],
    [19, 17],
    [3, 2],
    [2, 1],
  ])('cuts a text of %d at nanoGPT’s %d', async (length, cut) => {
    const { train, validation } = await splitTokens(tokens(length), startsAt(0));
    expect([train.length, validation.length]).toEqual([cut, length - cut]);
  });

  it('gives the beginning and the end', async () => {
    const options = { validationShare: 0.25 };
    const { train, validation } = await splitTokens(tokens(8), startsAt(0), options);
    expect(await read(train)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await read(validation)).toEqual([6, 7]);
    expect(Array.from(await validation.read(1, 1))).toEqual([7]);
  });

  it('cuts nine documents anywhere and ten at the start of one', async () => {
    const nine = startsAt(0, 10, 20, 30, 40, 50, 60, 70, 83);
    const ten = startsAt(0, 10, 20, 30, 40, 50, 60, 70, 83, 97);
    expect((await splitTokens(tokens(100), nine)).train.length).toBe(90);
    expect((await splitTokens(tokens(100), ten)).train.length).toBe(83);
  });

  it('takes the start nearest to the cut, never the first', async () => {
    const starts = fc
      .uniqueArray(fc.integer({ min: 1, max: 199 }), { minLength: 9, maxLength: 40 })
      .map((some) => [0, ...some.sort((a, b) => a - b)]);
    const shares = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    await fc.assert(
      fc.asyncProperty(starts, shares, async (all, validationShare) => {
        const { train } = await splitTokens(tokens(200), startsAt(...all), { validationShare });
        const wanted = Math.max(1, Math.floor(200 * (1 - validationShare)));
        const distance = (start: number): number => Math.abs(start - wanted);
        expect(all.slice(1)).toContain(train.length);
        expect(distance(train.length)).toBe(Math.min(...all.slice(1).map(distance)));
      }),
    );
  });

  it('does not read over the cut', async () => {
    const { train, validation } = await splitTokens(tokens(20), startsAt(0));
    await expect(train.read(17, 2)).rejects.toThrow(
      new RangeError('tokens: expected 2 from position 17, got a source of 18 tokens'),
    );
    await expect(validation.read(-1, 1)).rejects.toThrow(
      new RangeError('tokens: expected 1 from position -1, got a source of 2 tokens'),
    );
  });

  it.each([0, 1, -0.1, NaN])('refuses a validation share of %d', async (validationShare) => {
    await expect(splitTokens(tokens(20), startsAt(0), { validationShare })).rejects.toThrow(
      new RangeError(`validationShare: expected a number between 0 and 1, got ${validationShare}`),
    );
  });

  it('refuses a single token', async () => {
    await expect(splitTokens(tokens(1), startsAt(0))).rejects.toThrow(
      new RangeError(
        'data: expected at least 2 tokens to split into training and validation, got 1; use more text',
      ),
    );
  });
});
