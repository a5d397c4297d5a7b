import { createTinyRun, edit, stateAt, tinyModel } from '../../test/tiny-run.js';
import { loadRun } from './load-run.js';
import { resumeRun } from './resume-run.js';
import { saveCheckpoint } from './save-checkpoint.js';

describe('resumeRun', () => {
  it('forgets what was logged after the checkpoint and makes best.json right', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10, { bestStep: 10, bestLoss: 2 }));
    await saveCheckpoint(run, tinyModel(), stateAt(20, { bestStep: 20, bestLoss: 1 }));
    await run.storage.writeText('log.jsonl', '{"step":10}\n{"step":20}\n{"step":21}\n{"ste');
    await edit(run.storage, 'best.json', () => '{"step":10,"validationLoss":2}');
    await resumeRun(run.storage);
    await edit(run.storage, 'log.jsonl', (text) => {
      expect(text).toBe('{"step":10}\n{"step":20}\n');
      return text;
    });
    expect((await loadRun(run.storage)).step).toBe(20);
  });

  it('refuses a checkpoint whose parts do not belong together', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10));
    const folder = 'checkpoints/00000010';
    await edit(run.storage, `${folder}/training.json`, (text) => text.replace('10', '20'));
    await expect(resumeRun(run.storage)).rejects.toHaveProperty(
      'message',
      `RUN/${folder}/training.json: expected step 10, got 20`,
    );
    await edit(run.storage, `${folder}/training.json`, (text) => text.replace('20', '10'));
    await edit(run.storage, 'run.json', (text) => text.replace('"adamw"', '"sgd"'));
    await expect(resumeRun(run.storage)).rejects.toHaveProperty(
      'message',
      `RUN/${folder}/training.safetensors: expected no tensor tokenEmbedding.weight.variance, got one`,
    );
  });

  it('names a file that is cut short or missing', async () => {
    const run = await createTinyRun();
    await saveCheckpoint(run, tinyModel(), stateAt(10));
    const path = 'checkpoints/00000010/training.safetensors';
    const file = await run.storage.open(path);
    const bytes = await file.read(0, file.sizeBytes - 4);
    await run.storage.remove(path);
    await expect(resumeRun(run.storage)).rejects.toHaveProperty(
      'message',
      `RUN/${path}: expected a file, got nothing at that path`,
    );
    const storage = {
      ...run.storage,
      open: (name: string) =>
        name === path
          ? Promise.resolve({
              ...file,
              sizeBytes: bytes.length,
              read: (at: number, length: number) => Promise.resolve(bytes.slice(at, at + length)),
            })
          : run.storage.open(name),
    };
    await expect(resumeRun(storage)).rejects.toThrow(
      /^RUN\/.*: expected \d+ bytes of tensors, got/,
    );
  });
});
