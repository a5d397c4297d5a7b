import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DataFile } from '@ramble/core';
import { type MidiPiece, parseMidi, writeMidi } from '@ramble/music';

import { pieceCache, type PieceOptions, readPieces } from './read-pieces.js';

/** Runs the sources of the thread, which are not built here. */
const hooks = new URL('../../../tools/typescript-hooks.mjs', import.meta.url).href;
const register = `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`;
const worker = {
  filename: new URL('./read-pieces.ts', import.meta.url).href,
  execArgv: [
    `--import=data:text/javascript,${encodeURIComponent(register)}`,
    '--conditions=@ramble/source',
  ],
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

const MIDIS = [60, 64, 67].map((pitch) =>
  writeMidi([{ startStep: 0, endStep: pitch, pitch, velocity: 61 }]),
);
const BAD = new TextEncoder().encode('no music');

function filesOf(contents: readonly Uint8Array[], sizeBytes?: number): DataFile[] {
  return contents.map((bytes, i) => ({
    name: `${i}.mid`,
    sizeBytes,
    chunks: async function* () {
      yield await Promise.resolve(bytes);
    },
  }));
}
async function read(files: readonly DataFile[], options: PieceOptions = {}): Promise<MidiPiece[]> {
  const pieces: MidiPiece[] = [];
  const cache = pieceCache(folder);
  for await (const piece of readPieces(files, { cache, ...options })) pieces.push(piece);
  return pieces;
}

describe('readPieces', () => {
  it('reads the contents of the files, the first time and from the cache', async () => {
    const expected = MIDIS.map((bytes, i) => parseMidi(`${i}.mid`, bytes));
    expect(await read(filesOf(MIDIS))).toEqual(expected);
    expect(await readdir(folder)).toHaveLength(3);
    expect(await read(filesOf(MIDIS))).toEqual(expected);
  });

  it('reports its repairs the first time and from the cache', async () => {
    const unknown = MIDIS[0].slice();
    unknown[9] = 7; // the format
    const repairsOf = async (): Promise<string[]> => {
      const repairs: string[] = [];
      await read(filesOf([unknown, MIDIS[1]]), { onRepair: (repair) => repairs.push(repair) });
      return repairs;
    };
    const expectedRepairs = ['0.mid: expected format 0, 1 or 2, got 7'];
    expect([await repairsOf(), await repairsOf()]).toEqual([expectedRepairs, expectedRepairs]);
  });

  it('uses the cached piece of a renamed file', async () => {
    await read(filesOf(MIDIS));
    const [piece] = await read([{ ...filesOf(MIDIS)[1], name: 'moved.mid' }]);
    expect(piece).toEqual(parseMidi('moved.mid', MIDIS[1]));
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('reads a file again if its cache entry is damaged', async () => {
    await read(filesOf(MIDIS.slice(0, 1)));
    const [entry] = await readdir(folder);
    await truncate(join(folder, entry), 20);
    expect(await read(filesOf(MIDIS.slice(0, 1)))).toHaveLength(1);
  });

  it('reads many files on threads, in their order, and names the files that are wrong', async () => {
    const reasons: string[] = [];
    const many = Array.from({ length: 20 }, (_, i) => MIDIS[i % 3]);
    const contents = [...many.slice(0, 7), BAD, ...many.slice(7)];
    const options = {
      onSkip: (reason: string) => reasons.push(reason),
      pool: { threads: 2, worker },
    };
    const pieces = await read(filesOf(contents, 1e6), options);
    const numbers = Array.from({ length: 21 }, (_, i) => i).filter((i) => i !== 7);
    expect(pieces.map(({ name }) => name)).toEqual(numbers.map((i) => `${i}.mid`));
    expect(pieces[19].notes[0].pitch).toBe([60, 64, 67][19 % 3]);
    expect(reasons).toEqual([
      '7.mid: expected a MIDI file, which begins with MThd, got other bytes',
    ]);
    await expect(read(filesOf([BAD, ...MIDIS], 1e6), { pool: { worker } })).rejects.toThrow(
      new RangeError('0.mid: expected a MIDI file, which begins with MThd, got other bytes'),
    );
  });
});
