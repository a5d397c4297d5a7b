import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runCommand } from '../../../test/run-command.js';

const WORDS = Array.from({ length: 12 }, (_, i) => 'abcdefgh'.slice(i % 6));
const SHAPE = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '20'];

let folder: string;
let source: string;
let target: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-parallel-'));
  [source, target] = [join(folder, 'words.a'), join(folder, 'words.b')];
  await writeFile(source, `${WORDS.join('\n')}\n`);
  await writeFile(
    target,
    `${WORDS.map((word) => Array.from(word).reverse().join('')).join('\n')}\n`,
  );
});
afterEach(() => rm(folder, { recursive: true }));

const run = (words: readonly string[], app = 'reversal') => runCommand([app, ...words]);
const train = (words: readonly string[], app?: string) =>
  run(['train', '--out', join(folder, 'run'), '--max-steps', '2', ...SHAPE, ...words], app);

describe('two files whose lines belong together', () => {
  it('are used for training, validation and scores, and found again to resume', async () => {
    const valid = ['--valid-source', source, '--valid-target', target];
    const { status, stderr } = await train(['--source', source, '--target', target, ...valid]);
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('12 examples to train on, 12 to validate on'),
    ]);
    const description = JSON.parse(await readFile(join(folder, 'run/run.json'), 'utf8')) as {
      data: Record<string, { path: string }>;
    };
    expect(Object.entries(description.data).map(([name, { path }]) => [name, path])).toEqual([
      ['source', source],
      ['target', target],
      ['valid-source', source],
      ['valid-target', target],
    ]);

    const resume = ['--resume', '--out', join(folder, 'run'), '--max-steps', '3'];
    expect((await run(['train', ...resume])).status).toBe(0);
    const asOne = join(folder, 'words.rev');
    await writeFile(asOne, WORDS.map((w) => `${w}:${Array.from(w).reverse().join('')}`).join('\n'));
    for (const verb of ['evaluate', 'score']) {
      const with_ = (data: string[]) => run([verb, '--model', join(folder, 'run'), ...data]);
      const scoresOf = (text: string): string => text.replace(/^speed.*$/m, '');
      const parallel = await with_(['--source', source, '--target', target]);
      expect(scoresOf(parallel.stdout)).toBe(scoresOf((await with_(['--data', asOne])).stdout));
      expect(parallel.status).toBe(0);
    }
  });

  it('are not replaced by other data when a run is resumed', async () => {
    const asOne = join(folder, 'words.rev');
    await writeFile(asOne, 'abc:cba\nab:ba\n');
    const valid = ['--valid-source', source, '--valid-target', target];
    expect((await train(['--source', source, '--target', target, ...valid])).status).toBe(0);
    for (const flag of ['--data', '--valid']) {
      expect(await train(['--resume', flag, asOne])).toMatchObject({
        status: 1,
        stderr: `error: ${asOne}: expected the data that ${join(folder, 'run')} was made with, got other data\n`,
      });
    }
  });

  it.each([
    [['--source', 's'], '--target: expected a file to go with --source, got nothing'],
    [['--target', 't'], '--source: expected a file to go with --target, got nothing'],
    [
      ['--source', 's', '--target', 't', '--data', 'd'],
      '--data: expected no value with --source, got both',
    ],
    [
      ['--data', 'd', '--valid-source', 's'],
      '--valid-target: expected a file to go with --valid-source, got nothing',
    ],
  ])('are refused if they do not match: %j', async (words, message) => {
    expect(await train(words)).toEqual({ status: 2, stdout: '', stderr: `error: ${message}\n` });
  });

  it('are refused by apps that read no parallel files, and if more than two are given', async () => {
    expect((await train(['--source', 's', '--target', 't'], 'letters')).stderr).toBe(
      'error: --source: expected --data instead, which letters trains on, got two files\n',
    );
    await writeFile(join(folder, 'one.rev'), 'a:a');
    await writeFile(join(folder, 'two.rev'), 'a:a');
    expect((await train(['--source', folder, '--target', target])).stderr).toBe(
      `error: ${folder}, ${target}: expected two parallel files, got 3\n`,
    );
  });
});

describe('two folders whose files belong together', () => {
  const at = (...path: string[]): string => join(folder, ...path);
  const flags = (): string[] => ['--source', at('words'), '--target', at('reversals')];
  beforeEach(async () => {
    for (const [i, word] of WORDS.entries()) {
      await mkdir(at('words'), { recursive: true });
      await mkdir(at('reversals'), { recursive: true });
      await writeFile(at('words', `${i}.txt`), word);
      await writeFile(at('reversals', `${i}.txt`), Array.from(word).reverse().join(''));
    }
  });

  it('are learned from, a file for a file', async () => {
    const valid = ['--valid-source', source, '--valid-target', target];
    const { status, stderr } = await train([...flags(), ...valid]);
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('12 examples to train on, 12 to validate on'),
    ]);
    const scored = await run(['score', '--model', at('run'), ...flags(), '--json']);
    expect(scored.stdout.trim().split('\n')).toHaveLength(12);
  });

  it('are refused if a file is in only one of them', async () => {
    await rm(at('reversals', '3.txt'));
    expect((await train(flags())).stderr).toBe(
      `error: ${at('reversals', '3.txt')}: expected a file, as in the parallel folder, got none\n`,
    );
  });
});
