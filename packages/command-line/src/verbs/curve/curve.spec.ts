import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { runCommand, type CommandContext } from '../../../test/run-command.js';

const WORDS = Array.from({ length: 40 }, (_, i) => 'abcdefgh'.slice(i % 6, 3 + (i % 5)));
const SIZE = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '20'];
const WRONG_SHARE =
  '--shares: expected percentages above 0 and up to 100, separated by spaces, got ';
const PACE = ['--max-steps', '4', '--batch-size', '4', '--eval-interval', '2'];

let folder: string;
const at = (path: string): string => join(folder, path);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-curve-'));
  const lines = WORDS.filter((word) => word !== '').map(
    (word) => `${word}:${word.split('').reverse().join('')}`,
  );
  await writeFile(at('words.rev'), lines.join('\n'));
  await writeFile(at('valid.rev'), lines.slice(0, 6).join('\n'));
  await makeRun(at('base'), reversalApp, { contextLength: 20 });
});
afterAll(() => rm(folder, { recursive: true }));

const DATA = (): string[] => ['--data', at('words.rev'), '--valid', at('valid.rev')];
const curve = (out: string, words: readonly string[], context?: CommandContext) =>
  runCommand(['reversal', 'curve', '--out', at(out), ...words], context);

interface Curve {
  readonly points: readonly {
    readonly share: number;
    readonly beginning: string;
    readonly loss: number;
    readonly tokens: number;
  }[];
}

describe('curve', () => {
  it('trains on fractions of the data, with and without a start, and draws the results', async () => {
    const words = [...DATA(), '--init-from', at('base'), '--shares', '100', '25', ...PACE];
    const { status, stdout } = await curve('both', [...words, '--json']);
    expect(status).toBe(0);
    const { points } = JSON.parse(stdout) as Curve;
    expect(points.map(({ share, beginning }) => [share, beginning])).toEqual([
      [25, 'random'],
      [25, 'pretrained'],
      [100, 'random'],
      [100, 'pretrained'],
    ]);
    expect(new Set(points.map(({ loss }) => loss)).size).toBe(4);

    const runs = await Promise.all(
      ['25-percent', '100-percent-pretrained'].map(async (name) => {
        return JSON.parse(await readFile(at(`both/${name}/run.json`), 'utf8')) as object;
      }),
    );
    expect(runs).toMatchObject([
      { model: { nEmbd: 12 }, training: { dataShare: 0.25, maxSteps: 4 } },
      { training: { dataShare: 1 }, origin: { path: at('base') } },
    ]);
    expect(runs[0]).not.toHaveProperty('origin');

    const page = await readFile(at('both/curve.html'), 'utf8');
    expect(page).toContain('from another model');
    expect(page.match(/<circle/g)).toHaveLength(2 * 4); // drawn wide and narrow
    expect(page).not.toMatch(/<script|(src|href)=["']/);

    const before = await stat(at('both/25-percent/report.html'));
    const again = await curve('both', words);
    expect(again.stdout).toMatch(
      /^ data +step +loss\n 25 % {2}from random numbers +4 +\d\.\d{4}\n/,
    );
    expect((await stat(at('both/25-percent/report.html'))).mtimeMs).toBe(before.mtimeMs);
    expect(await curve('both', [...words, '--dropout', '0.1'])).toMatchObject({
      status: 2,
      stderr: `error: --dropout: expected nothing, the value of ${at('both')}, got 0.1; give another --out for another curve\n`,
    });
  });

  it('resumes after Ctrl-C with the results of an uninterrupted curve', async () => {
    const words = [...DATA(), '--shares', '50', ...SIZE, ...PACE, '--json'];
    const whole = await curve('whole', words);
    const stopped = await curve('stopped', [...words, '--log-interval', '1'], {
      onNote: (line, interrupt) => {
        if (line.startsWith('step 3/4')) interrupt();
      },
    });
    expect(stopped).toMatchObject({ status: 130, stdout: '' });
    expect(stopped.stderr).toContain(
      `stopped; what was done is saved in ${at('stopped')}. Continue with the same command\n`,
    );
    expect(await readdir(at('stopped'))).toContain('50-percent');
    const resumed = await curve('stopped', [...words, '--log-interval', '1']);
    const lossesOf = (json: string): number[] =>
      (JSON.parse(json) as Curve).points.map(({ loss }) => loss);
    expect(lossesOf(resumed.stdout)).toEqual(lossesOf(whole.stdout));
    await writeFile(at('other.rev'), 'abc:cba\nab:ba');
    expect(
      await curve('stopped', [...words, '--log-interval', '1', '--data', at('other.rev')]),
    ).toMatchObject({
      status: 1,
      stderr: `error: ${at('other.rev')}: expected the data that ${at('stopped')} was made with, got other data\n`,
    });
  });

  it('measures all points on the same test data', async () => {
    const words = [...DATA(), '--test', at('test.rev'), ...SIZE, ...PACE, '--shares'];
    await writeFile(at('test.rev'), 'abc:cba');
    expect((await curve('tested', [...words, '50'])).status).toBe(0);
    await writeFile(at('test.rev'), 'abcde:edcba');
    expect(await curve('tested', [...words, '50', '100'])).toMatchObject({
      status: 1,
      stderr: `error: ${at('test.rev')}: expected the data that ${at('tested')} was made with, got other data\n`,
    });
  });

  it.each([
    [['--shares', '0'], `${WRONG_SHARE}0`],
    [['--shares', '5,10'], `${WRONG_SHARE}5,10`],
    [
      ['--pretrain-steps', '3'],
      '--pretrain-steps: expected a domain that can start from plain text, got reversal; use --init-from',
    ],
    [
      ['--pretrain-steps', '3', '--init-from', 'base'],
      '--pretrain-steps: expected no value with --init-from, got both',
    ],
    [['--data-share', '0.5'], '--data-share: unknown flag.'],
  ])('refuses %j', async (words, message) => {
    const { status, stderr } = await curve('none', [...DATA(), ...words]);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('needs data to measure on', async () => {
    expect(await curve('none', ['--data', at('words.rev')])).toMatchObject({
      status: 2,
      stderr:
        'error: --valid: expected validation data, because none is held out from --data, got none\n',
    });
  });
});
