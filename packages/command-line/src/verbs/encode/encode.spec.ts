import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-encode-'));
  await makeRun(join(folder, 'run'), lettersApp);
  await writeFile(join(folder, 'ab.txt'), 'ab\n');
});
afterAll(() => rm(folder, { recursive: true }));

function encode(...words: string[]): Promise<Outcome> {
  return runCommand(['letters', 'encode', ...words], { stdin: 'from input' });
}
const all = ['--letters', 'all'];

describe('encode', () => {
  it('prints each token of a text with its meaning', async () => {
    const stdout = '26  " "\n 0  "a"\n';
    expect(await encode(' a', ...all)).toEqual({ status: 0, stdout, stderr: '' });
    expect(await encode(' a', '--model', join(folder, 'run'))).toMatchObject({ stdout });
  });

  it('prints tokens and words as JSON, each word quoted once', async () => {
    const { stdout } = await encode('ab', '--json', ...all);
    expect(JSON.parse(stdout)).toEqual({ tokens: [0, 1], words: ['a', 'b'] });
  });

  it('reads a file, or standard input', async () => {
    const file = await encode(join(folder, 'ab.txt'), '--json', ...all);
    expect(JSON.parse(file.stdout)).toMatchObject({ tokens: [0, 1, 27] });
    const input = await encode('-', '--json', ...all);
    expect(JSON.parse(input.stdout)).toMatchObject({
      words: Array.from('from input'),
    });
  });

  it('encodes examples as for training with --data', async () => {
    await mkdir(join(folder, 'texts'));
    await writeFile(join(folder, 'texts/1.txt'), 'a');
    await writeFile(join(folder, 'texts/2.txt'), 'b');
    const { stdout } = await encode('--data', join(folder, 'texts'), '--json', ...all);
    expect(stdout).toBe(
      '{"tokens":[0,28],"words":["a","<end>"]}\n{"tokens":[1,28],"words":["b","<end>"]}\n',
    );
    const lines = await encode('--data', join(folder, 'texts'), ...all);
    expect(lines.stdout).toBe(' 0  "a"\n28  <end>\n\n 1  "b"\n28  <end>\n');
  });

  it('encodes two files whose lines belong together', async () => {
    await writeFile(join(folder, 'words'), 'ab\nc\n');
    await writeFile(join(folder, 'reversed'), 'ba\nc\n');
    const pair = ['--source', join(folder, 'words'), '--target', join(folder, 'reversed')];
    expect(await runCommand(['reversal', 'encode', ...pair, '--json'])).toEqual({
      status: 0,
      stdout:
        '{"tokens":[0,1,26,1,0,27],"words":["a","b",":","b","a","<end>"]}\n' +
        '{"tokens":[2,26,2,27],"words":["c",":","c","<end>"]}\n',
      stderr: '',
    });
  });

  it('reports the parts of a file that it leaves out, and fails if no part is left', async () => {
    const [some, none] = [join(folder, 'some.rev'), join(folder, 'none.rev')];
    await writeFile(some, 'c:c\n:\n');
    await writeFile(none, ':\n');
    expect(await runCommand(['reversal', 'encode', '--data', some, '--json'])).toEqual({
      status: 0,
      stdout: '{"tokens":[2,26,2,27],"words":["c",":","c","<end>"]}\n',
      stderr: 'warning: left out: 1 empty lines\n',
    });
    expect(await runCommand(['reversal', 'encode', '--data', none])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'error: 1 empty lines\n',
    });
  });

  it('encodes a text even if a folder has that name', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(JSON.parse((await encode('texts', '--json', ...all)).stdout)).toMatchObject({
        tokens: [19, 4, 23, 19, 18],
      });
    } finally {
      process.chdir(before);
    }
  });
});

describe('encode, wrongly used,', () => {
  it('refuses --special-tokens if the domain names none', async () => {
    expect(await encode('a', '--special-tokens', ...all)).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: --special-tokens: expected a domain whose prompts may name special tokens, got letters\n',
    });
  });

  it('requires a run if the vocabulary is learned', async () => {
    expect(await encode('a')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: --model: expected a run, or the settings of a domain that needs no data, ' +
        'got none (texts: expected some, got none)\n',
    });
  });

  it('refuses settings of the domain together with a run', async () => {
    expect(await encode('a', '--model', join(folder, 'run'), ...all)).toMatchObject({
      status: 2,
      stderr: 'error: --letters: expected no value with --model, which has its own\n',
    });
  });

  it('does not take a misspelled file for a text', async () => {
    expect(await encode('bok.txt', ...all)).toMatchObject({
      status: 1,
      stderr: 'error: bok.txt: expected a file or folder, got nothing at that path\n',
    });
  });

  it.each([
    [[], 'neither'],
    [['a', '--data', 'b'], 'both'],
  ])('needs a text or data: %j', async (words, got) => {
    expect(await encode(...words)).toMatchObject({
      status: 2,
      stderr: `error: ramble letters encode: expected a text or a file, or --data, got ${got}\n`,
    });
  });
});
