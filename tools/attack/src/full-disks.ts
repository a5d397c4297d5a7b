import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { randomAt } from '@ramble/core';
import { emptyModel } from '@ramble/core/model';
import { mountSmallDisk } from '@ramble/node/testing';
import { folderStorage } from '@ramble/runs/node';
import { createRun, resumeRun, type Run, type RunStorage, saveCheckpoint } from '@ramble/runs';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt, expectSame } from './attempt.js';
import { tinyRun } from './small-run.js';

const CHECKPOINT_BYTES = 130_000;
const DISK_BYTES = 2 ** 20;

/** A disk that fills up while a checkpoint is written. The remaining space is random. */
export const fullDisks: Attack = {
  name: 'full disks',
  promise:
    'Saving says so in one line, keeps what is saved, leaves nothing behind and works again.',
  tries: { small: 10, full: 100 },
  attempts,
  missing: () => {
    const disk = mountSmallDisk();
    disk?.unmount();
    return disk ? undefined : 'only root on Linux can mount a disk small enough to fill';
  },
};

async function* attempts({ tries, seed }: AttackSetup): AsyncGenerator<Attempt> {
  const random = randomAt({ seed, purpose: 'sample', step: 0 });
  const disk = mountSmallDisk();
  if (!disk) return;
  try {
    const folder = join(disk.folder, 'RUN');
    for (let turn = 0; turn < tries; turn++) {
      const room = random.integer(turn, CHECKPOINT_BYTES - 10_000);
      yield await attempt(`room for ${room} bytes of a checkpoint`, () => fill(folder, room));
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    disk.unmount();
  }
}

/** Saves a checkpoint, then a second one on a full disk, then the second again with enough space. */
async function fill(folder: string, room: number): Promise<void> {
  await mkdir(folder);
  const storage = folderStorage(folder);
  const run = await createRun(storage, tinyRun);
  await save(run, 1);
  await storage.writeText('ballast', 'x'.repeat(DISK_BYTES - 200_000 - room));
  const message = await save(run, 2).then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const full = `${folder}: expected free space for checkpoints/00000002, got a full disk`;
  expectSame('what saving says', message, full);
  expectSame('what is there', await readdir(folder), [
    'ballast',
    'checkpoints',
    'domain',
    'run.json',
  ]);
  await expectNewest(storage, 1);
  await storage.remove('ballast');
  await save(run, 2);
  await expectNewest(storage, 2);
}

function save(run: Run, step: number): Promise<void> {
  return saveCheckpoint(run, emptyModel(run.description.model), {
    step,
    evaluationsWithoutImprovement: 0,
    tokensSeen: 0,
    elapsedSeconds: 0,
  });
}

async function expectNewest(storage: RunStorage, step: number): Promise<void> {
  expectSame('checkpoints', (await storage.list('checkpoints')).length, step);
  expectSame('the newest step', (await resumeRun(storage)).step, step);
}
