import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
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
import { runCommand } from '../../test/run-command.js';
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

/** A new folder on it, without so many bytes of its room. */
async function onDisk(taken: number): Promise<string> {
  const folder = join(disk?.folder ?? '', 'on');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFile(join(folder, 'ballast'), 'x'.repeat(taken));
  return folder;
}

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
      `${folder}: expected room for checkpoints/00000002, got a full disk`,
    );
    expect(await readdir(folder)).toEqual(['ballast', 'checkpoints', 'domain', 'run.json']);
    expect(await readdir(join(folder, 'checkpoints'))).toEqual(['00000001']);
    expect((await resumeRun(storage)).step).toBe(1);
    await storage.remove('ballast');
    await save(2);
    expect((await resumeRun(storage)).step).toBe(2);
    await rm(folder, { recursive: true });
  });

  const TRAIN = ['--n-layer', '1', '--n-head', '2', '--n-embd', '48', '--batch-size', '2'];
  const PACE = ['--max-steps', '4', '--save-interval', '2']; // 0.36 MB a checkpoint

  it('is as if it had never begun where its first checkpoint has no room', async () => {
    const folder = await onDisk(800_000);
    const [out, data] = [join(folder, 'run'), join(folder, 'whale.txt')];
    await writeFile(data, 'call me ishmael some years ago never mind how long\n'.repeat(8));
    const words = ['letters', 'train', '--data', data, '--out', out, ...TRAIN];
    const short = [...words, '--context-length', '8', '--max-steps', '1'];
    const { status, stderr } = await runCommand(short);
    expect(status).toBe(1);
    expect(stderr).toBe(`error: ${out}: expected room for checkpoints/00000000, got a full disk\n`);
    expect(await readdir(out)).toEqual([]);
    await rm(join(folder, 'ballast'));
    expect(await runCommand(short)).toMatchObject({ status: 0 });
  });

  it('is told how to go on, as train or as curve', async () => {
    const folder = await onDisk(500_000);
    const [out, data] = [join(folder, 'run'), join(folder, 'words.rev')];
    await writeFile(data, 'abc:cba\nab:ba\nbcd:dcb\nhg:gh\n');
    const words = ['--data', data, '--valid', data, '--out', out, ...TRAIN, ...PACE];
    const flags = [...words, '--context-length', '20'];
    const trained = await runCommand(['reversal', 'train', ...flags]);
    const what = 'expected room for checkpoints/00000002, got a full disk. Make room and go on';
    expect(trained.stderr).toContain(
      `error: ${out}: ${what} from what is saved: ramble reversal train --resume --out ${out}\n`,
    );
    await rm(out, { recursive: true });
    const curve = await runCommand(['reversal', 'curve', ...flags, '--shares', '100']);
    expect(curve.stderr).toContain(`error: ${out}/100-percent: ${what} with the same command\n`);
  });
});
