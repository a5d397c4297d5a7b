import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-average-'));
  await makeRun(join(folder, 'run'), lettersApp); // checkpoints 10 and 20, of losses 2.1 and 2.2
});
afterAll(() => rm(folder, { recursive: true }));

const average = (words: readonly string[], out = 'mean'): Promise<Outcome> =>
  runCommand([
    ...['letters', 'average', '--model', join(folder, 'run'), '--out', join(folder, out)],
    ...words,
  ]);

describe('average', () => {
  it('makes a run of the newest checkpoints with their mean weights', async () => {
    const { stdout, status } = await average(['--count', '2', '--json']);
    expect([status, JSON.parse(stdout)]).toEqual([
      0,
      { run: join(folder, 'mean'), steps: [20, 10] },
    ]);
    const sample = (run: string): Promise<Outcome> =>
      runCommand([
        'letters',
        'sample',
        '--model',
        join(folder, run),
        '--prompt',
        'call',
        '--seed',
        '2',
      ]);
    // Both checkpoints are equal, and so is their mean.
    expect((await sample('mean')).stdout).toBe((await sample('run')).stdout);
    const json = JSON.parse(await readFile(join(folder, 'mean/run.json'), 'utf8')) as object;
    expect(json).toMatchObject({ origin: { kind: 'run', path: join(folder, 'run'), step: 20 } });
  });

  it('takes the checkpoints with the best validation with --by best', async () => {
    const { stdout } = await average(['--count', '1', '--by', 'best'], 'best');
    expect(stdout).toBe(`${join(folder, 'best')}: the mean of the checkpoints 10\n`);
  });

  it('stores weights in fewer bits with --weights, without a training state', async () => {
    const size = async (run: string, step: string): Promise<number> =>
      (await stat(join(folder, run, 'checkpoints', step, 'model.safetensors'))).size;
    await average(['--count', '2', '--weights', 'int8'], 'small');
    expect(await readdir(join(folder, 'small/checkpoints/00000000'))).toEqual([
      'checksums.json',
      'model.safetensors',
    ]);
    expect(await size('small', '00000000')).toBeLessThan(0.6 * (await size('run', '00000020')));
    const { status } = await runCommand(['letters', 'sample', '--model', join(folder, 'small')]);
    expect(status).toBe(0);
    const inspected = await runCommand(['letters', 'inspect', '--model', join(folder, 'small')]);
    expect(inspected.stdout).toMatch(
      /^checkpoints +step 0, weights in int8, whole, model.safetensors/m,
    );
  });

  it('takes all checkpoints unless --count is given', async () => {
    expect((await average([], 'all')).stdout).toBe(
      `${join(folder, 'all')}: the mean of the checkpoints 20, 10\n`,
    );
  });

  it('refuses a checkpoint for a run', async () => {
    const [run, checkpoint] = [join(folder, 'run'), join(folder, 'run/checkpoints/00000010')];
    expect(await average(['--model', checkpoint], 'none')).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: --model: expected the run ${run}, whose checkpoints are averaged, got ${checkpoint}\n`,
    });
  });

  it.each([
    ['newest', 'checkpoints'],
    ['best', 'checkpoints that were validated'],
  ])('fails if a run has no checkpoint after step 0, by %s', async (by, what) => {
    await average([], `whole-${by}`);
    const model = join(folder, `whole-${by}`);
    expect(await average(['--model', model, '--by', by], 'none')).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: --model: expected a run with ${what} after step 0, got ${model}\n`,
    });
  });

  it('gives the number of checkpoints if they are fewer than --count', async () => {
    const { status, stderr } = await average(['--count', '3'], 'none');
    expect([status, stderr]).toEqual([
      2,
      `error: --count: expected at most the 2 checkpoints that ${join(folder, 'run')} has, got 3; train keeps more with --keep-checkpoints\n`,
    ]);
  });
});
