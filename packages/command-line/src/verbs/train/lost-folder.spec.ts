import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mountSmallDisk } from '@ramble/node/testing';

import { runCommand } from '../../../test/run-command.js';

const SHAPE = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '8'];
const PACE = ['--batch-size', '2', '--max-steps', '9', '--log-interval', '2'];
const TEXT = 'call me ishmael some years ago never mind how long\n'.repeat(8);

/** Trains, and calls a function when the first loss is printed. */
async function trainUntil(parent: string, out: string, happen: () => void): Promise<string> {
  const data = join(parent, 'data.txt');
  await writeFile(data, TEXT);
  let isDone = false;
  const { status, stderr } = await runCommand(
    ['letters', 'train', '--data', data, '--out', out, ...SHAPE, ...PACE],
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

const disk = mountSmallDisk();
afterAll(() => disk?.unmount());

// Only root may mount a disk.
(disk ? describe : describe.skip)('a training on a disk that turns read-only', () => {
  it('ends with the first error, in one line', async () => {
    const folder = disk?.folder ?? '';
    const out = join(folder, 'run');
    const parent = await mkdtemp(join(tmpdir(), 'ramble-lost-'));
    const error = await trainUntil(parent, out, () =>
      execFileSync('mount', ['-o', 'remount,ro', folder]),
    );
    expect(error).toMatch(
      /^error: \S+: expected a disk that can be written to, got a read-only one$/,
    );
    execFileSync('mount', ['-o', 'remount,rw', folder]);
    await rm(parent, { recursive: true });
  });
});
