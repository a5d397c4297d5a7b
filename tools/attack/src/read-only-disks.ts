import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { mountSmallDisk } from '@ramble/node/testing';
import { whileLocked } from '@ramble/runs/node';
import { appendLog, resumeRun, saveCheckpoint } from '@ramble/runs';

import type { Attack, Attempt } from './attack.js';
import { attempt, expectSame } from './attempt.js';
import { savedRun, saveStep } from './saved-run.js';

/** A disk that turns read-only in the middle of a training, as Linux remounts it after an error. */
export const readOnlyDisks: Attack = {
  name: 'read-only disks',
  promise:
    'The first error is the one shown, in one line; the run resumes when the disk can be written.',
  tries: { small: 6, full: 60 },
  attempts,
  missing: () => {
    const disk = mountSmallDisk();
    disk?.unmount();
    return disk ? undefined : 'only root on Linux can mount a disk';
  },
};

const WRITES = ['the log', 'a checkpoint', 'best.json'] as const;

async function* attempts({ tries }: { readonly tries: number }): AsyncGenerator<Attempt> {
  const disk = mountSmallDisk();
  if (!disk) return;
  const remount = (mode: 'ro' | 'rw'): void => {
    execFileSync('mount', ['-o', `remount,${mode}`, disk.folder]);
  };
  try {
    const folder = join(disk.folder, 'RUN');
    for (let turn = 0; turn < tries; turn++) {
      const what = WRITES[turn % WRITES.length];
      yield await attempt(`before ${what} is written`, async () => {
        const run = await savedRun(folder, [1]);
        const { storage } = run;
        const write = async (): Promise<void> => {
          if (what === 'the log') await appendLog(storage, { step: 1 });
          else if (what === 'a checkpoint') await saveStep(run, 2);
          else await storage.writeText('best.json', '{}');
        };
        const message = await whileLocked(folder, async () => {
          remount('ro');
          await write();
        }).then(
          () => 'none',
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
        remount('rw');
        const path = { 'the log': 'log.jsonl', 'a checkpoint': 'checkpoints/00000002' };
        const file = what === 'best.json' ? what : path[what];
        const expected = `${folder}/${file}: expected a disk that can be written to, got a read-only one`;
        expectSame('the error', message, expected);
        const { model, state, step } = await resumeRun(storage);
        expectSame('the step', step, 1);
        await saveCheckpoint(run, model, { ...state, step: 2 });
        model.dispose();
      });
      remount('rw');
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    disk.unmount();
  }
}
