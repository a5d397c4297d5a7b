import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mountSmallDisk } from '@ramble/node/testing';

import { runCommand } from '../../../test/run-command.js';

const disk = mountSmallDisk();
afterAll(() => disk?.unmount());

/** Returns a new folder on the small disk, with so many bytes of the disk in use. */
async function onDisk(taken: number): Promise<string> {
  const folder = join(disk?.folder ?? '', 'on');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFile(join(folder, 'ballast'), 'x'.repeat(taken));
  return folder;
}

// Only root may mount a disk that is small enough to fill.
(disk ? describe : describe.skip)('a training on a disk that is full', () => {
  const TRAIN = ['--n-layer', '1', '--n-head', '2', '--n-embd', '48', '--batch-size', '2'];
  const PACE = ['--max-steps', '4', '--save-interval', '2']; // 0.36 MB a checkpoint

  it('leaves no run if the disk is too full for the first checkpoint', async () => {
    const folder = await onDisk(800_000);
    const [out, data] = [join(folder, 'run'), join(folder, 'whale.txt')];
    await writeFile(data, 'call me ishmael some years ago never mind how long\n'.repeat(8));
    const words = ['letters', 'train', '--data', data, '--out', out, ...TRAIN];
    const short = [...words, '--context-length', '8', '--max-steps', '1'];
    const { status, stderr } = await runCommand(short);
    expect(status).toBe(1);
    expect(stderr).toBe(
      `error: ${out}: expected free space for checkpoints/00000000, got a full disk\n`,
    );
    expect(await readdir(out)).toEqual([]);
    await rm(join(folder, 'ballast'));
    expect(await runCommand(short)).toMatchObject({ status: 0 });
  });

  it('prints the command that resumes it, of train or of curve', async () => {
    const folder = await onDisk(500_000);
    const [out, data] = [join(folder, 'run'), join(folder, 'words.rev')];
    await writeFile(data, 'abc:cba\nab:ba\nbcd:dcb\nhg:gh\n');
    const words = ['--data', data, '--valid', data, '--out', out, ...TRAIN, ...PACE];
    const flags = [...words, '--context-length', '20'];
    const trained = await runCommand(['reversal', 'train', ...flags]);
    const what =
      'expected free space for checkpoints/00000002, got a full disk. Free some space and continue';
    expect(trained.stderr).toContain(
      `error: ${out}: ${what} from what is saved: ramble reversal train --resume --out ${out}\n`,
    );
    await rm(out, { recursive: true });
    const curve = await runCommand(['reversal', 'curve', ...flags, '--shares', '100']);
    expect(curve.stderr).toContain(`error: ${out}/100-percent: ${what} with the same command\n`);
  });
});

const SHAPE = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '8'];
const PACE = ['--batch-size', '2', '--max-steps', '9', '--log-interval', '2'];
const TEXT = 'call me ishmael some years ago never mind how long\n'.repeat(8);

/** Trains, and calls a function when the first loss is printed. */
async function trainUntil(
  parent: string,
  out: string,
  happen: () => void,
  words: readonly string[] = [],
): Promise<string> {
  const data = join(parent, 'data.txt');
  await writeFile(data, TEXT);
  let isDone = false;
  const { status, stderr } = await runCommand(
    ['letters', 'train', '--data', data, '--out', out, ...SHAPE, ...PACE, ...words],
    {
      onNote: (line) => {
        if (isDone || !line.includes('loss')) return;
        isDone = true;
        happen();
      },
    },
  );
  expect([isDone, status]).toEqual([true, 1]);
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('error:'))
    .join('\n');
}

describe('a training whose run is removed', () => {
  it('ends with an error, and does not create the folder again', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'ramble-lost-'));
    const out = join(parent, 'run');
    const error = await trainUntil(parent, out, () => rmSync(out, { recursive: true }));
    expect(error).toBe(
      `error: ${out}: expected the run that is being trained, got no run.json. The folder was removed or emptied, and the training is lost`,
    );
    await expect(mkdir(out)).resolves.toBeUndefined();
    await rm(parent, { recursive: true });
  });
});

// Only root may mount a disk.
(disk ? describe : describe.skip)('a training on a disk that turns read-only', () => {
  const remount = (mode: 'ro' | 'rw'): void =>
    void execFileSync('mount', ['-o', `remount,${mode}`, disk?.folder ?? '']);

  it.each([
    ['its log', []],
    ['its log and event files', ['--tensorboard']],
  ])('ends with the first error of %s, in one line', async (_, words) => {
    const out = join(await onDisk(0), 'run');
    const parent = await mkdtemp(join(tmpdir(), 'ramble-lost-'));
    const error = await trainUntil(parent, out, () => remount('ro'), words);
    expect(error).toMatch(
      /^error: \S+: expected a disk that can be written to, got a read-only one$/,
    );
    remount('rw');
    await rm(parent, { recursive: true });
  });
});
