import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Progress } from '../download/download-file.js';
import type { TextPiece } from '../text/documents.js';
import { prepareTokens, type TokenPreparation } from './prepare-tokens.js';

let cacheFolder: string;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'ramble-prepare-'));
});
afterEach(() => rm(cacheFolder, { recursive: true }));

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
