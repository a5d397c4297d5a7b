import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { type SmallTraining, smallTraining } from '../test/small-training.js';
import { BIN } from '../test/start-ramble.js';

const SCRIPT = fileURLToPath(new URL('../../../examples/cluster/slurm.sh', import.meta.url));

let training: SmallTraining;

/** Runs the job as Slurm would with one task, whose time ends after two steps. The queue records requeued jobs. */
async function runJob(
  maxSteps: number,
): Promise<{ readonly status: number; readonly steps: readonly number[] }> {
  const words = ['run', 'text', ...training.trained('run', maxSteps).slice(2)];
  const loud = [...words.filter((word) => word !== '--quiet'), '--log-interval', '1'];
  const child = spawn('bash', [SCRIPT, ...loud.map((word) => word.replace(/^.*\/run$/, 'run'))], {
    cwd: training.at('.'),
    env: {
      PATH: `${training.at('bin')}:${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      ...{ SLURM_NTASKS: '1', SLURM_CPUS_PER_TASK: '1', SLURM_JOB_ID: '7' },
      RAMBLE_CACHE: training.at('cache'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const steps: number[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, step] = /^step ([\d,]+)\/.*tokens/.exec(line) ?? [];
    if (step) steps.push(Number(step.replaceAll(',', '')));
    if (step && steps.length === 2) child.kill('SIGUSR2');
  });
  const [status] = (await once(child, 'exit')) as [number];
  return { status, steps };
}

beforeAll(async () => {
  training = await smallTraining();
  await mkdir(training.at('bin'));
  await writeFile(training.at('bin/scontrol'), `#!/bin/sh\necho "$@" > requeued\n`, {
    mode: 0o755,
  });
  await mkdir(training.at('node_modules/.bin'), { recursive: true });
  await symlink(BIN, training.at('node_modules/.bin/ramble'));
});
afterAll(() => training.remove());

it('saves before its time limit, requeues itself, and resumes', async () => {
  const first = await runJob(100_000);
  expect(first.status).toBe(0);
  expect(readFileSync(training.at('requeued'), 'utf8')).toBe('requeue 7\n');
  const second = await runJob(100_000);
  expect(second.status).toBe(0);
  expect(second.steps[0]).toBeGreaterThan(first.steps[1]);
});
