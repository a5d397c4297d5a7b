import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runHere } from '../test/run-here.js';

interface Next {
  readonly tokens: readonly { readonly token: number; readonly probability: number }[];
}

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-gguf-'));
  run = join(folder, 'run');
  const data = join(folder, 'data.txt');
  await writeFile(
    data,
    'Call me Ishmael. Some years ago, never mind how long precisely. '.repeat(30),
  );
  const size = '--n-layer 2 --n-head 2 --n-embd 32 --context-length 16 --max-steps 3';
  const words = `--tokenizer bpe --bpe-vocab-size 300 ${size} --engine cpu`.split(' ');
  await ramble('train', '--data', data, '--out', run, ...words);
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a command, expects success, and returns its standard output. */
async function ramble(verb: string, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await runHere(['text', verb, ...words]);
  expect([status, /error.*/.exec(stderr)?.[0]]).toEqual([0, undefined]);
  return stdout;
}

/** The ids and the probabilities that a model gives the next tokens. */
async function next(model: string): Promise<Next> {
  const words = ['--prompt', 'Call me', '--json', '--engine', 'cpu'];
  return JSON.parse(await ramble('next', '--model', model, ...words)) as Next;
}

async function throughGguf(
  weights: string,
): Promise<{ readonly file: string; readonly back: string }> {
  const [file, back] = [join(folder, `${weights}.gguf`), join(folder, `from-${weights}`)];
  const words = ['--model', run, '--weights', weights, '--out', file];
  expect(await ramble('export', ...words)).toMatch(
    new RegExp(`^${file}: [\\d,]+ parameters in ${weights}\\n$`),
  );
  await ramble('import', file, '--out', back);
  return { file, back };
}

describe('ramble text with GGUF files', () => {
  it('reads back the model that it wrote, with the same numbers', async () => {
    const { back } = await throughGguf('f32');
    expect(await next(back)).toEqual(await next(run));
  });

  it.each(['f16', 'q8_0'])(
    'writes weights in %s, and reads a model that is nearly the same',
    async (weights) => {
      const { file, back } = await throughGguf(weights);
      expect((await readFile(file)).length).toBeLessThan(
        0.8 * (await readFile(join(folder, 'f32.gguf'))).length,
      );
      const { tokens: ours } = await next(run);
      const theirs = new Map(
        (await next(back)).tokens.map(({ token, probability }) => [token, probability]),
      );
      // Both list the likeliest tokens; a model of three steps finds nearly all tokens equally likely.
      const shared = ours.filter(({ token }) => theirs.has(token));
      expect(shared.length).toBeGreaterThan(0);
      for (const { token, probability } of shared) {
        expect(theirs.get(token)! / probability).toBeCloseTo(1, 2);
      }
    },
  );

  it('refuses a truncated file in one line, and leaves no files', async () => {
    const file = join(folder, 'cut.gguf');
    await writeFile(file, await readFile(join(folder, 'f32.gguf')));
    await truncate(file, 20_000);
    const out = join(folder, 'cut');
    const { status, stderr } = await runHere(['text', 'import', file, '--out', out]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: .*cut\.gguf: expected a file of \d+ bytes, got 20000\n$/);
    await expect(readFile(join(out, 'run.json'))).rejects.toThrow('ENOENT');
  });

  it('refuses a file without a tokenizer', async () => {
    const file = fileURLToPath(
      new URL('../../../packages/runs/fixtures/gguf/models/llama.gguf', import.meta.url),
    );
    const { status, stderr } = await runHere([
      'text',
      'import',
      file,
      '--out',
      join(folder, 'bare'),
    ]);
    expect([status, stderr]).toEqual([
      1,
      `error: ${file}: expected a tokenizer in the file (tokenizer.ggml.model), got none\n`,
    ]);
  });

  it('refuses files that are no GGUF, 8 bits in a folder, and an existing path', async () => {
    const refused = async (...words: string[]): Promise<[number | null, string]> => {
      const { status, stderr } = await runHere(['text', ...words]);
      return [status, stderr];
    };
    const [data, out] = [join(folder, 'data.txt'), join(folder, 'none')];
    expect(await refused('import', data, '--out', out)).toEqual([
      1,
      `error: ${data}: expected a folder of Hugging Face or a GGUF file, got another file; a file to train on is for train: --data ${data}\n`,
    ]);
    const words = ['export', '--model', run, '--out'];
    expect(await refused(...words, out, '--weights', 'q8_0')).toEqual([
      2,
      'error: --weights: expected one of f32, f16, bf16 with --format hugging-face, got q8_0\n',
    ]);
    expect(await refused(...words, data, '--format', 'gguf')).toEqual([
      1,
      `error: ${data}: expected nothing at that path, got something; choose another --out, or remove it first\n`,
    ]);
  });
});
