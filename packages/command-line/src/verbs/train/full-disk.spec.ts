import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
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
