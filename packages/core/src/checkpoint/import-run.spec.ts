import { readFileSync } from 'node:fs';

import { fileFolder } from '../../test/file-folder.js';
import { tinyRun } from '../../test/tiny-run.js';
import { golden, tinyGpt2 } from '../../test/tiny-gpt2.js';
import { evaluateLoss } from '../training/evaluate-loss.js';
import { openGpt2, type OpenGpt2 } from './gpt2/open-gpt2.js';
import { importRun } from './import-run.js';
import { loadRun } from './load-run.js';
import { memoryStorage } from './memory-storage.js';
import { resumeRun } from './resume-run.js';

const fixture = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(new URL(`../../fixtures/gpt2/${name}`, import.meta.url)));
const folder = fileFolder({
  'config.json': fixture('config.json'),
  'model.safetensors': fixture('model-hub-layout.safetensors'),
});

let gpt2: OpenGpt2;
beforeAll(async () => {
  gpt2 = await openGpt2(folder);
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

  it('keeps the parameters as 16-bit floats when asked, each rounded to the nearest', async () => {
    const storage = memoryStorage('RUN');
    await importRun(storage, newRun(), gpt2.weights, { dtype: 'F16' });
    const file = await storage.open('checkpoints/00000000/model.safetensors');
    const { model } = await loadRun(storage);
    const exact = tinyGpt2();
    const total = exact.parameters.specs.reduce((sum, { name }) => {
      const values = exact.parameters.read(name);
      expect(model.parameters.read(name)).toBeAllClose(values, { rtol: 2 ** -11, atol: 2 ** -25 });
      return sum + values.length;
    }, 0);
    expect(file.sizeBytes).toBeGreaterThan(2 * total);
    expect(file.sizeBytes).toBeLessThan(2 * total + 4096); // two bytes each, and the header
    model.dispose();
    exact.dispose();
  });

  it('has nothing to resume', async () => {
    const storage = memoryStorage('RUN');
    await importRun(storage, newRun(), gpt2.weights);
    await expect(resumeRun(storage)).rejects.toThrow(
      new Error(
        'RUN: expected a run that was trained, got an imported one. Train a new run from it',
      ),
    );
  });

  it('writes nothing when the weights are those of another model', async () => {
    const storage = memoryStorage('RUN');
    const other = { ...newRun(), model: { ...gpt2.config, nLayer: 3 } };
    await expect(importRun(storage, other, gpt2.weights)).rejects.toThrow(
      'expected a tensor blocks.2.norm1.gain, got none',
    );
    expect(await storage.list('')).toEqual([]);
  });

  it('leaves nothing behind when the weights cannot be read', async () => {
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
