import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import {
  createRun,
  emptyModel,
  loadRun,
  type Model,
  randomAt,
  resumeRun,
  saveCheckpoint,
} from '@ramble/core';

import { mountSmallDisk } from '../../test/mount-small-disk.js';
import { smallRun } from '../../test/small-run.js';
import { spawnTypescript } from '../../test/spawn-typescript.js';
import { folderStorage } from './folder-storage.js';

const hasPartial = async (folder: string): Promise<boolean> =>
  (await readdir(folder)).some((name) => name.startsWith('.partial'));

/** The number that fills a parameter, or what the optimizer remembers of it. */
function valueOf({ parameters }: Model, slot?: 'mean' | 'variance'): number {
  const all = parameters.specs.map(({ name }) => parameters.read(name, slot));
  const value = all[0][0];
  expect(all.every((values) => values.every((x) => x === value))).toBe(true);
  return value;
}

describe('a run whose training is killed at any moment', () => {
  it('loads and resumes, with moments that belong to its model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ramble-kill-'));
    const storage = folderStorage(folder);
    const random = randomAt({ seed: 1, purpose: 'sample', step: 0 });
    let cutShort = 0;
    let lastStep = -1;
    for (let kill = 0; kill < 20; kill++) {
      const child = spawnTypescript('save-until-killed.ts', folder);
      const errors = child.stderr.setEncoding('utf8').toArray();
      child.stdout.resume();
      await once(child.stdout, 'data'); // the first save
      await setTimeout(60 * random.uniform(kill));
      child.kill('SIGKILL');
      await once(child, 'close');
      expect(await errors).toEqual([]);
      if (await hasPartial(join(folder, 'checkpoints'))) cutShort++;

      const best = await loadRun(storage);
      expect(valueOf(best.model)).toBe(best.step);
      const { model, state, step } = await resumeRun(storage);
      expect(state.step).toBe(step);
      expect(step).toBeGreaterThan(lastStep);
      expect(step - best.step).toBeLessThanOrEqual(3); // killed before best.json named the new one
      expect((await loadRun(storage)).step).toBe(step - (step % 3)); // which resuming makes right
      expect(valueOf(model)).toBe(step);
      expect(valueOf(model, 'mean')).toBe(step + 0.25);
      expect(valueOf(model, 'variance')).toBe(step + 0.5);
      lastStep = step;
    }
    expect(cutShort).toBeGreaterThan(0);
    await rm(folder, { recursive: true });
  }, 120_000);
});

const disk = mountSmallDisk();
afterAll(() => disk?.unmount());

// Only root may mount a disk that is small enough to fill.
(disk ? describe : describe.skip)('a run on a disk that is full', () => {
  it('says so, keeps what it has, leaves nothing behind and goes on when there is room', async () => {
    const folder = join(disk?.folder ?? '', 'RUN');
    const storage = folderStorage(folder);
    const small = {
      ...smallRun,
      model: { ...smallRun.model, vocabSize: 30, nEmbd: 48, mlpDim: 9 },
    };
    const run = await createRun(storage, small); // 0.13 MB a checkpoint
    const model = emptyModel(run.description.model);
    const save = (step: number): Promise<void> =>
      saveCheckpoint(run, model, {
        step,
        evaluationsWithoutImprovement: 0,
        tokensSeen: 0,
        elapsedSeconds: 0,
      });
    await save(1);
    await storage.writeText('ballast', 'x'.repeat(850_000));
    await expect(save(2)).rejects.toHaveProperty(
      'message',
      `${folder}: expected room for checkpoints/00000002, got a full disk. Make room and go on with --resume: what was saved is there`,
    );
    expect(await readdir(folder)).toEqual(['ballast', 'checkpoints', 'domain', 'run.json']);
    expect(await readdir(join(folder, 'checkpoints'))).toEqual(['00000001']);
    expect((await resumeRun(storage)).step).toBe(1);
    await storage.remove('ballast');
    await save(2);
    expect((await resumeRun(storage)).step).toBe(2);
  });
});
