import { evaluateLoss } from '@ramble/core';
import { parameterSpecs } from '@ramble/core/model';
import { golden, gpt2Fixtures, tinyGpt2Values } from '@ramble/node/testing';

import { importRun } from '../run/import-run.js';
import { loadRun } from '../run/load-run.js';
import { resumeRun } from '../run/save-and-resume.js';
import { memoryStorage } from '../storage/memory-storage.js';
import { tinyRun } from '../../test/imported-run.js';

import { fileFolder } from '../../test/file-folder.js';
import { type HuggingFaceModel, openHuggingFace } from './hugging-face-files.js';

const fixture = gpt2Fixtures.readBytes;
const folder = fileFolder({
  'config.json': fixture('config.json'),
  'model.safetensors': fixture('model-hub-layout.safetensors'),
});

let gpt2: HuggingFaceModel;
beforeAll(async () => {
  gpt2 = await openHuggingFace(folder);
});
const newRun = () => ({
  ...tinyRun,
  model: gpt2.config,
  data: {},
  engine: 'none',
  origin: { kind: 'import', path: 'FOLDER' } as const,
});

describe('importRun', () => {
  it("makes a run of Hugging Face's GPT-2 whose loss is theirs", async () => {
    const storage = memoryStorage('RUN');
    await importRun(storage, newRun(), gpt2.weights);
    const { model, step, description } = await loadRun(storage);
    expect(step).toBe(0);
    expect(description.origin).toEqual({ kind: 'import', path: 'FOLDER' });
    const [tokens, targets] = [golden.inputIds, golden.targets].map((rows) =>
      Int32Array.from(rows.flat()),
    );
    const weights = new Float32Array(tokens.length).fill(1);
    const batch = { tokens, targets, weights, batchSize: golden.inputIds.length };
    async function* batches() {
      yield await Promise.resolve(batch);
    }
    expect((await evaluateLoss(model, batches())).loss).toBeCloseTo(golden.loss, 5);
    model.dispose();
  });

  it.each([
    ['F32', Uint8Array.of(0, 0, 0xc0, 0x7f), NaN],
    ['F32', Uint8Array.of(0, 0, 0x80, 0xff), -Infinity],
    ['F16', Uint8Array.of(0, 0x7e), NaN],
    ['F16', Uint8Array.of(0, 0x7c), Infinity],
    ['BF16', Uint8Array.of(0x80, 0x7f), Infinity],
  ] as const)('refuses weights of %s with an invalid number: %p', async (dtype, bits, value) => {
    const [name, entry] = [...gpt2.weights.tensors][0];
    const size = entry.shape.reduce((all, each) => all * each, 1);
    const broken: typeof gpt2.weights = {
      ...gpt2.weights,
      tensors: new Map([...gpt2.weights.tensors, [name, { ...entry, dtype }]]),
      async *bytes(tensor) {
        if (tensor !== name) return yield* gpt2.weights.bytes(tensor);
        const bytes = new Uint8Array(size * bits.length);
        bytes.set(bits, 3 * bits.length);
        yield await Promise.resolve(bytes.subarray(0, 2 * bits.length));
        yield bytes.subarray(2 * bits.length);
      },
    };
    const storage = memoryStorage('RUN');
    await expect(importRun(storage, newRun(), broken)).rejects.toThrow(
      new RangeError(
        `${gpt2.weights.name}: expected finite numbers in ${entry.name}, got ${value} at 3`,
      ),
    );
  });

  it.each([
    ['f32', 4, 0],
    ['f16', 2, 2 ** -11],
    ['int8', 1 + 4 / 12, 0.5 / 127], // a scale a row of 12, or 64
  ] as const)(
    'keeps matrices in %s, and loads them as if narrowed then',
    async (weights, bytes, rtol) => {
      const [storage, wide] = [memoryStorage('RUN'), memoryStorage('WIDE')];
      await importRun(storage, newRun(), gpt2.weights, { weights });
      await importRun(wide, newRun(), gpt2.weights);
      const kept = await loadRun(storage, { weights: 'as stored' });
      const narrowed = await loadRun(wide, { weights });
      const widened = await loadRun(storage);
      let size = 0;
      for (const { name, shape } of parameterSpecs(gpt2.config)) {
        const values = kept.model.parameters.read(name);
        expect(values).toEqual(narrowed.model.parameters.read(name));
        expect(values).toEqual(widened.model.parameters.read(name));
        const wanted = tinyGpt2Values(name);
        const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        expect(values).toBeAllClose(wanted, { rtol: 0, atol: rtol * largest * 1.001 });
        size += wanted.length * (shape.length > 1 ? bytes : 4);
      }
      expect(widened.model.parameters.stored?.('finalNorm.gain')).toBeUndefined();
      const stored = kept.model.parameters.stored?.('tokenEmbedding.weight').layout.name ?? 'f32';
      expect(stored).toBe(weights);
      const { sizeBytes } = await storage.open('checkpoints/00000000/model.safetensors');
      expect(sizeBytes).toBeLessThan(size + 5000); // and the header
      for (const { model } of [kept, narrowed, widened]) model.dispose();
    },
  );

  it('has nothing to resume', async () => {
    const storage = memoryStorage('RUN');
    await importRun(storage, newRun(), gpt2.weights);
    await expect(resumeRun(storage)).rejects.toThrow(
      new Error(
        'RUN: expected a run that was trained, got an imported one. Train a new run from it',
      ),
    );
  });

  it('writes nothing if the weights belong to another model', async () => {
    const storage = memoryStorage('RUN');
    const other = { ...newRun(), model: { ...gpt2.config, nLayer: 3 } };
    await expect(importRun(storage, other, gpt2.weights)).rejects.toThrow(
      'expected a tensor blocks.2.norm1.gain, got none',
    );
    expect(await storage.list('')).toEqual([]);
  });

  it('names file and tensor when a number cannot be kept', async () => {
    const storage = memoryStorage('RUN');
    async function* bytes(name: string): AsyncGenerator<Uint8Array> {
      for await (const piece of gpt2.weights.bytes(name)) yield piece.fill(0xff); // NaN
    }
    const file = { ...gpt2.weights, bytes };
    await expect(importRun(storage, newRun(), file, { weights: 'int8' })).rejects.toThrow(
      'FOLDER/model.safetensors: expected finite numbers in wte.weight, got NaN at 0',
    );
    expect(await storage.list('')).toEqual([]);
  });

  it('leaves no files if the weights cannot be read', async () => {
    const storage = memoryStorage('RUN');
    // eslint-disable-next-line require-yield -- it fails before the first piece
    async function* bytes(): AsyncGenerator<Uint8Array> {
      await Promise.reject(new Error('FOLDER: expected a disk, got none'));
    }
    await expect(importRun(storage, newRun(), { ...gpt2.weights, bytes })).rejects.toThrow(
      'FOLDER: expected a disk, got none',
    );
    expect(await storage.list('')).toEqual([]);
  });
});
