import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Outcome, runHere } from '../test/run-here.js';
import { BIN, type Ended, startRamble, type StartOptions } from '../test/start-ramble.js';

const TEXT = 'call me ishmael. some years ago, never mind how long.\n'.repeat(40);
const SETTINGS = [
  ['--n-layer', '1'],
  ['--n-head', '2'],
  ['--n-embd', '24'],
  ['--context-length', '16'],
  ['--batch-size', '4'],
  ['--dropout', '0.1'],
  ['--max-steps', '60'],
  ['--save-interval', '20'],
  ['--eval-interval', '25'],
  ['--log-interval', '1'],
  ['--engine', 'cpu'],
].flat();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-built-'));
  await writeFile(join(folder, 'whale.txt'), TEXT);
  const cacheFolder = join(folder, 'cache');
  expect(await runHere(training('whole'), { cacheFolder })).toMatchObject({ status: 0 });
});
afterAll(() => rm(folder, { recursive: true }));

function ramble(words: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startRamble(words, { cacheFolder: join(folder, 'cache'), ...options });
}
const training = (run: string): string[] => {
  const data = ['--data', join(folder, 'whale.txt'), '--out', join(folder, run)];
  return ['text', 'train', ...data, ...SETTINGS];
};
const train = (run: string, onLine: StartOptions['onLine']): Promise<Ended> =>
  ramble(training(run), { onLine });
/** Resumes a run in this process, which takes less time than another start. */
const resume = (run: string): Promise<Outcome> =>
  runHere(['text', 'train', '--resume', '--out', join(folder, run), '--engine', 'cpu']);
const lastModel = (run: string): Promise<Buffer> =>
  readFile(join(folder, run, 'checkpoints/00000060/model.safetensors'));

describe('the built ramble', () => {
  it('prints help in 0.3 seconds of one processor', async () => {
    const report = `process.on('exit', () => console.error(JSON.stringify(process.cpuUsage())))`;
    const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(report)}`];
    let fastestSeconds = Infinity; // tests that run at the same time slow the processor down
    for (let i = 0; i < 3; i++) {
      const { status, stdout, stderr } = await ramble(['--help'], { nodeOptions });
      expect(status).toBe(0);
      expect(stdout).toContain('Usage: ramble <domain> <verb> [options]');
      const { user, system } = JSON.parse(stderr) as NodeJS.CpuUsage;
      fastestSeconds = Math.min(fastestSeconds, (user + system) / 1e6);
    }
    expect(fastestSeconds).toBeLessThan(0.3);
  });

  it.each([
    [['--version'], 'the command', '/dist/'],
    [['--help'], 'TensorFlow.js', 'tfjs'],
    [['text', '--help'], 'TensorFlow.js', 'tfjs'],
  ])('answers %j without loading %s', async (words, _, part) => {
    const hook = `export const load = (url, context, next) => {
        if (url.includes('${part}')) process._rawDebug(url);
        return next(url, context);
      };`;
    const source = `data:text/javascript,${encodeURIComponent(hook)}`;
    const script = `import { register } from 'node:module'; register(${JSON.stringify(source)});`;
    const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(script)}`];
    expect(await ramble(words, { nodeOptions })).toMatchObject({ status: 0, stderr: '' });
  });

  it('ends with the same model when it was killed between saves and resumed', async () => {
    const killed = await train('killed', (line, child) => {
      if (line.startsWith('step 33/')) child.kill('SIGKILL');
    });
    expect(killed).toMatchObject({ status: null, signal: 'SIGKILL' });
    expect(await readdir(join(folder, 'killed/checkpoints'))).not.toContain('00000060');
    const resumed = await resume('killed');
    expect(resumed).toMatchObject({ status: 0 });
    expect(resumed.stderr).toMatch(/^continuing after step (20|25)\n/);
    expect(await lastModel('killed')).toEqual(await lastModel('whole'));
  });

  it('warns when the engine or its instruction set is another than before', async () => {
    const out = ['--out', join(folder, 'other'), '--max-steps'];
    const withSet = (isa: string): StartOptions => ({ env: { RAMBLE_ISA: isa } });
    const data = ['--data', join(folder, 'whale.txt'), ...SETTINGS, ...out];
    const native = ['--engine', 'native'];
    expect(
      await ramble(['text', 'train', ...data, '1', ...native], withSet('portable')),
    ).toMatchObject({ status: 0 });
    const resumed = (steps: string, options?: StartOptions): Promise<Ended> =>
      ramble(['text', 'train', '--resume', ...out, steps, ...native], options);
    const note =
      /^warning: instruction set (\w+): numbers differ a little from those of portable; RAMBLE_ISA=portable/m;
    expect((await resumed('2', withSet('portable'))).stderr).not.toMatch(/differ/);
    const description = async (): Promise<unknown> =>
      JSON.parse(await readFile(join(folder, 'other/run.json'), 'utf8'));
    const best = note.exec((await resumed('3')).stderr)?.[1];
    expect(await description()).toMatchObject({
      engine: 'native',
      instructionSet: best ?? 'portable', // a processor may have no other
    });
    expect((await resume('other')).stderr).toContain(
      'warning: engine cpu: numbers differ a little from those of native\n',
    );
    expect(await description()).not.toHaveProperty('instructionSet');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'saves on %s and prints the command that resumes',
    async (signal) => {
      const run = `stopped-${signal}`;
      const stopped = await train(run, (line, child) => {
        if (line.startsWith('step 30/')) child.kill(signal);
      });
      expect(stopped.status).toBe(130);
      const said = /stopped after step (\d+), which is saved\. Continue with: (.*)\n$/;
      const [, step = '', command] = said.exec(stopped.stderr) ?? [];
      expect(command).toBe(`npx ramble text train --resume --out ${join(folder, run)}`);
      expect(await readdir(join(folder, run, 'checkpoints'))).toContain(step.padStart(8, '0'));
      expect(await resume(run)).toMatchObject({ status: 0 });
      expect(await lastModel(run)).toEqual(await lastModel('whole'));
    },
  );

  it('ends silently when nobody reads its output', async () => {
    const words = [
      'text',
      'sample',
      '--model',
      join(folder, 'whole'),
      '--engine',
      'cpu',
      '--quiet',
    ];
    const ended = await ramble([...words, '--max-new-tokens', '300'], { closesStdout: true });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
  });

  (process.platform === 'linux' ? it : it.skip)('says that its results have no room', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [BIN, 'data', 'list'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '' },
    });
    closeSync(full);
    expect(stderr).toBe(
      'error: standard output: expected free space on the disk, got a full one\n',
    );
    expect(status).toBe(1);
  });

  it.each([
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ NO_COLOR: '1' }, false],
    [{}, false],
  ])('colours a pipe as %j requires', async (env, isColoured) => {
    const { stderr } = await ramble(['nowhere'], { env });
    expect(stderr.startsWith('\u001b[31merror:')).toBe(isColoured);
  });

  it.each([
    [['txet', 'train'], 2, 'error: txet: unknown domain or verb. Did you mean text?\n'],
    [
      ['text', 'train', '--nlayer', '2'],
      2,
      'error: --nlayer: unknown flag. Did you mean --n-layer?\n',
    ],
    [
      ['text', 'sample', '--model', '/nowhere'],
      1,
      'error: /nowhere: expected a run with a run.json, got none; name the folder of a run, a Hugging Face folder, a GGUF file, or a model that npx ramble data list names\n',
    ],
  ])('ends %j with status %d', async (words, status, stderr) => {
    expect(await runHere(words)).toEqual({ status, stdout: '', stderr });
  });
});
