import { crc32 } from 'node:zlib';

import { createRun, importRun, type Run } from './open-run.js';
import { checkCheckpoint } from '../checkpoint/check-checkpoint.js';
import { loadRun } from './load-run.js';
import { memoryStorage, type RunStorage } from '../storage/run-storage.js';
import { modelFile } from '../weights/load-model.js';
import { resumeRun, saveCheckpoint } from './save-and-resume.js';
import { edit, stateAt, tinyModel, tinyRun } from '../../test/tiny-run.js';

const FOLDER = 'checkpoints/00000010';

/** A run with a checkpoint of step 10, with checksums. */
async function savedRun(): Promise<Run> {
  const run = await createRun({ ...memoryStorage('RUN'), crc32 }, tinyRun);
  await saveCheckpoint(run, tinyModel(), stateAt(10));
  return run;
}

/** The same run with one bit of a file flipped. */
function withFlip(storage: RunStorage, path: string, bit: number): RunStorage {
  return {
    ...storage,
    open: async (opened) => {
      const file = await storage.open(opened);
      if (opened !== path) return file;
      const at = Math.floor(bit / 8);
      return {
        ...file,
        read: async (offset, length, memory) => {
          const bytes = await file.read(offset, length, memory);
          if (at >= offset && at < offset + length) bytes[at - offset] ^= 1 << (bit % 8);
          return bytes;
        },
      };
    },
  };
}

async function sizeOf(storage: RunStorage, path: string): Promise<number> {
  return (await storage.open(path)).sizeBytes;
}

describe('checksums of a checkpoint', () => {
  it('say size and CRC-32 of every file', async () => {
    const { storage } = await savedRun();
    const file = await storage.open(`${FOLDER}/checksums.json`);
    const json = JSON.parse(new TextDecoder().decode(await file.read(0, file.sizeBytes))) as object;
    const expected: Record<string, object> = {};
    for (const name of ['model.safetensors', 'training.safetensors', 'training.json']) {
      const saved = await storage.open(`${FOLDER}/${name}`);
      const { sizeBytes } = saved;
      const sum = crc32(await saved.read(0, sizeBytes))
        .toString(16)
        .padStart(8, '0');
      expected[name] = { sizeBytes, crc32: sum };
    }
    expect(json).toEqual({ files: expected });
  });

  it.each(['model.safetensors', 'training.safetensors', 'training.json'])(
    'tell of every flipped bit of %s, by its name',
    async (name) => {
      const { storage } = await savedRun();
      const path = `${FOLDER}/${name}`;
      const bits = 8 * (await sizeOf(storage, path));
      for (let bit = 0; bit < bits; bit += Math.max(1, Math.floor(bits / 60))) {
        const flipped = withFlip(storage, path, bit);
        await expect(resumeRun(flipped)).rejects.toThrow(
          new RegExp(
            `^RUN/${path}: expected the checksum [0-9a-f]{8}, as it was saved, got [0-9a-f]{8}. The file is damaged$`,
          ),
        );
      }
    },
  );

  it('reveal flipped bits in the checksums file', async () => {
    const { storage } = await savedRun();
    const path = `${FOLDER}/checksums.json`;
    for (let bit = 0; bit < 8 * (await sizeOf(storage, path)); bit += 7) {
      // White space may be other white space.
      const error: unknown = await resumeRun(withFlip(storage, path, bit)).catch((e: unknown) => e);
      if (error instanceof Error) expect(error.message).toMatch(`RUN/${FOLDER}/`);
      else expect((error as { step: number }).step).toBe(10);
    }
  });

  it('reveal a file that is longer or shorter', async () => {
    const { storage } = await savedRun();
    const path = `${FOLDER}/training.json`;
    const sizeBytes = await sizeOf(storage, path);
    await edit(storage, path, (text) => `${text} `);
    await expect(resumeRun(storage)).rejects.toHaveProperty(
      'message',
      `RUN/${path}: expected ${sizeBytes} bytes, as it was saved, got ${sizeBytes + 1}`,
    );
  });

  it('leave an error alone that has another reason', async () => {
    const { storage } = await savedRun();
    await edit(storage, 'run.json', (text) => text.replace('"mlpDim": 10', '"mlpDim": 11'));
    const messages: string[] = [];
    await expect(
      loadRun(storage, { onBroken: (what) => messages.push(what) }),
    ).rejects.toHaveProperty('name', 'RangeError');
    expect(messages).toEqual([]);
  });

  it('are optional: older checkpoints load', async () => {
    const { storage } = await savedRun();
    await storage.remove(`${FOLDER}/checksums.json`);
    expect((await resumeRun(storage)).step).toBe(10);
    expect(await checkCheckpoint(storage, 10)).toEqual({
      hasChecksums: false,
      broken: [],
      refused: [],
    });
  });

  it('fall back from a malformed checkpoint to an older one if the storage has no CRC-32', async () => {
    const run = await savedRun();
    await saveCheckpoint(run, tinyModel(), stateAt(20));
    await edit(run.storage, 'checkpoints/00000020/training.json', () => '{');
    const messages: string[] = [];
    const withoutCrc32 = { ...run.storage, crc32: undefined };
    const resumed = await resumeRun(withoutCrc32, { onBroken: (what) => messages.push(what) });
    expect([resumed.step, messages.length]).toEqual([10, 1]);
    expect(messages[0]).toMatch(/^RUN\/checkpoints\/00000020\/training\.json: expected JSON, got /);
  });

  it('are in imported runs too', async () => {
    const storage = { ...memoryStorage('RUN'), crc32 };
    await importRun(storage, tinyRun, await modelFile(tinyModel()), { weights: 'int8' });
    expect(await checkCheckpoint(storage, 0)).toEqual({
      hasChecksums: true,
      broken: [],
      refused: [],
    });
    await loadRun(storage, { weights: 'as stored' });
    const path = 'checkpoints/00000000/model.safetensors';
    const flipped = withFlip(storage, path, 8 * (await sizeOf(storage, path)) - 9);
    await expect(loadRun(flipped)).rejects.toThrow('expected the checksum');
    await expect(loadRun(flipped, { weights: 'as stored' })).rejects.toThrow('The file is damaged');
  });

  it('are computed while the file is read: every byte once, or twice if the order differs', async () => {
    const storage = { ...memoryStorage('RUN'), crc32 };
    await importRun(storage, tinyRun, await modelFile(tinyModel()), { weights: 'int8' });
    let bytesRead = 0;
    const counting: RunStorage = {
      ...storage,
      open: async (path) => {
        const file = await storage.open(path);
        return {
          ...file,
          read: (offset, length, memory) => {
            if (path.endsWith('.safetensors')) bytesRead += length;
            return file.read(offset, length, memory);
          },
        };
      },
    };
    const size = await sizeOf(storage, 'checkpoints/00000000/model.safetensors');
    await loadRun(counting, { weights: 'as stored' });
    expect(bytesRead).toBe(size);
    bytesRead = 0;
    await loadRun(counting); // scales are read before their matrices
    expect(bytesRead).toBeLessThan(2 * size);
  });
});

describe('checkCheckpoint', () => {
  it('names every broken file', async () => {
    const { storage } = await savedRun();
    expect(await checkCheckpoint(storage, 10)).toEqual({
      hasChecksums: true,
      broken: [],
      refused: [],
    });
    await storage.remove(`${FOLDER}/training.safetensors`);
    await edit(storage, `${FOLDER}/training.json`, (text) => text.replace('600', '601'));
    const read: string[] = [];
    const { broken } = await checkCheckpoint(storage, 10, (name) => read.push(name));
    expect(read).toEqual(['model.safetensors', 'training.safetensors', 'training.json']);
    expect(broken).toEqual([
      `RUN/${FOLDER}/training.safetensors: expected a file, got nothing at that path`,
      expect.stringMatching(
        new RegExp(`^RUN/${FOLDER}/training.json: expected the checksum .*The file is damaged$`),
      ),
    ]);
  });

  it('names a file that is malformed despite a right checksum, and reads the other files', async () => {
    const { storage } = await savedRun();
    await storage.writeText(`${FOLDER}/training.json`, '[600]');
    await edit(storage, `${FOLDER}/checksums.json`, (text) => {
      const json = JSON.parse(text) as { files: Record<string, object> };
      json.files['training.json'] = { sizeBytes: 5, crc32: crc32('[600]').toString(16) };
      return JSON.stringify(json);
    });
    const read: string[] = [];
    expect(await checkCheckpoint(storage, 10, (name) => read.push(name))).toEqual({
      hasChecksums: true,
      broken: [],
      refused: [`RUN/${FOLDER}/training.json: expected a JSON object, got "[600]"`],
    });
    expect(read).toHaveLength(3);
  });

  it('reports checksums that cannot be read once', async () => {
    const { storage } = await savedRun();
    await storage.writeText(`${FOLDER}/checksums.json`, '{"files":{"model.safetensors":1}}');
    expect((await checkCheckpoint(storage, 10)).broken).toEqual([
      `RUN/${FOLDER}/checksums.json: model.safetensors: expected the fields sizeBytes and crc32, got others`,
    ]);
  });
});
