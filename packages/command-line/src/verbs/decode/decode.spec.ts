import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Outcome, runCommand, type CommandContext } from '../../../test/run-command.js';
import { readIds } from './decode-program.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-decode-'));
});
afterAll(() => rm(folder, { recursive: true }));

function decode(words: readonly string[], context?: CommandContext): Promise<Outcome> {
  return runCommand(['letters', 'decode', '--letters', 'all', ...words], context);
}

describe('decode', () => {
  it('prints the text of ids, byte by byte', async () => {
    expect(await decode(['0', '1', '27', '2'])).toEqual({ status: 0, stdout: 'ab\nc', stderr: '' });
  });

  it('ends the line on a terminal', async () => {
    expect((await decode(['0'], { isTerminal: true })).stdout).toBe('a\n');
    expect((await decode(['0', '27'], { isTerminal: true })).stdout).toBe('a\n');
  });

  it('reads the output of encode', async () => {
    const encoded = await runCommand([
      'letters',
      'encode',
      'moby dick',
      '--letters',
      'all',
      '--json',
    ]);
    expect((await decode(['-'], { stdin: encoded.stdout })).stdout).toBe('moby dick');
  });

  it('reads a file', async () => {
    const path = join(folder, 'ids.txt');
    await writeFile(path, '0 1\n2\n');
    expect((await decode([path])).stdout).toBe('abc');
  });

  it('prints JSON, or writes a file', async () => {
    const out = join(folder, 'out.txt');
    expect((await decode(['0', '--json'])).stdout).toBe('{"text":"a"}\n');
    expect((await decode(['0', '--out', out])).stdout).toBe(`${out}\n`);
    expect(await readFile(out, 'utf8')).toBe('a');
    expect((await decode(['0', '--out', out, '--json'])).stdout).toBe(`{"file":"${out}"}\n`);
  });

  it('writes a new file if the output is not text', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect((await runCommand(['reversal', 'decode', '0', '1'])).stdout).toBe('reversal-1.rev\n');
      expect(await readFile('reversal-1.rev', 'utf8')).toBe('ab');
    } finally {
      process.chdir(before);
    }
  });

  it.each([
    [['0', '29'], 'ids: expected ids from 0 to 28, got 29'],
    [['a'], 'ids: expected ids from 0 to 28, got a'],
    [['1.5'], 'ids: expected ids from 0 to 28, got 1.5'],
    [[''], 'ids: expected at least one, got none'],
    [[], 'ramble letters decode: expected <ids, file or ->..., got nothing'],
  ])('refuses %j', async (words, message) => {
    expect(await decode(words)).toEqual({ status: 2, stdout: '', stderr: `error: ${message}\n` });
  });
});

describe('readIds', () => {
  it.each(['1 2\n3', '1,2,3', '[1, 2, 3]', '{"tokens":[1,2,3],"words":["9"]}'])(
    'reads %j',
    (text) => {
      expect(readIds(text)).toEqual(['1', '2', '3']);
    },
  );

  it('joins the tokens of all lines', () => {
    expect(readIds('{"tokens":[1]}\n{"tokens":[2,3]}\n')).toEqual(['1', '2', '3']);
  });
});
