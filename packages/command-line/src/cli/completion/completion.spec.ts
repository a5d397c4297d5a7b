import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { runCommand } from '../../../test/run-command.js';

const before = process.cwd();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-complete-'));
  process.chdir(folder);
  await mkdir('runs/other', { recursive: true });
  await makeRun('runs/book', lettersApp);
});
afterAll(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true });
});

/** Returns the completions that Tab offers for the last of some words. */
async function offered(...words: string[]): Promise<string[]> {
  const { status, stdout, stderr } = await runCommand(['complete', '--', ...words]);
  expect([status, stderr]).toEqual([0, '']);
  const lines = stdout.split('\n').slice(0, -1);
  for (const line of lines) expect(line).toMatch(/^\S+\t[^\t]+$/);
  return lines.map((line) => line.split('\t')[0]);
}

describe('the completions at Tab', () => {
  it.each([
    [['let'], ['letters']],
    [
      ['letters', 'e'],
      ['evaluate', 'embed', 'encode', 'export'],
    ],
    [['reversal', 'ch'], []], // it has no text to stream
    [['reversal', 'im'], []],
    [
      ['metrics', ''],
      ['bleu', 'chrf', 'ter', 'rouge'],
    ],
    [['letters', 'sample', '--no-r'], ['--no-repeat-ngram-size']],
    [
      ['letters', 'sample', '--method', ''],
      ['random', 'greedy'],
    ],
    [['letters', 'train', '--lr_scheduler_type', 'cos'], []],
    [['letters', 'train', '--preset', 'tin'], ['tiny']],
    [['letters', 'train', '--engine', 'c'], ['cpu']],
    [['letters', 'sample', '--model', ''], ['runs/book']],
    [['letters', 'generate', '-m', 'runs/'], ['runs/book']],
    [['serve', '--por'], ['--port']],
    [['metrics', 'rouge', '--stem'], ['--stemmer']],
    [['letters', 'train', '--data', ''], []], // paths of files, which the shell completes
    [['./mine.js', ''], []], // Tab runs no code
    [['nothing', 'known', ''], []],
  ])('after %j are %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });

  it('begins with domains and verbs, and shows a verb its flags', async () => {
    expect(await offered('')).toEqual(
      expect.arrayContaining(['letters', 'serve', 'completion', 'metrics']),
    );
    expect(await offered('letters', 'sample', '')).toEqual(
      expect.arrayContaining(['--model', '--prompt', '--json']),
    );
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell'])('prints a script of %s', async (shell) => {
    const { status, stdout } = await runCommand(['completion', shell]);
    expect(status).toBe(0);
    expect(stdout).toContain('ramble complete -- ');
  });

  it('refuses other shells', async () => {
    expect((await runCommand(['completion', 'tcsh'])).stderr).toBe(
      'error: completion: expected one of bash, zsh, fish, powershell, got tcsh\n',
    );
  });

  it('passes on the typed words in bash, and evaluates none of them', async () => {
    const { stdout: script } = await runCommand(['completion', 'bash']);
    await mkdir('bin');
    const echo = '#!/bin/sh\nprintf "=%s\\tsaid\\n" "$@"\n';
    await writeFile('bin/ramble', echo, { mode: 0o755 });
    const program = `${script}
COMP_WORDS=(ramble text sample --prompt '$(touch harmed)' '')
COMP_CWORD=5
_ramble
printf '%s|' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` };
    const replied = execFileSync('bash', ['-c', program], { encoding: 'utf8', env });
    expect(replied).toBe('=complete|=--|=text|=sample|=--prompt|=$(touch harmed)|=|');
    expect(execFileSync('ls', { encoding: 'utf8' })).not.toContain('harmed');
  });
});
