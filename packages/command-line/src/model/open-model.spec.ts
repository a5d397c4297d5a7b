import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../test/letters-app.js';
import { makeRun } from '../../test/make-run.js';
import { reversalApp } from '../../test/reversal-app.js';
import { runCommand } from '../../test/run-command.js';

const MODEL = 'checkpoints/00000010/model.safetensors';
const CHECKSUMS = 'checkpoints/00000010/checksums.json';

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-open-'));
  run = join(folder, 'run');
  await makeRun(run, lettersApp);
});
afterAll(() => rm(folder, { recursive: true }));

/** Returns a copy of the run, which a test damages. */
async function copyOf(name: string): Promise<string> {
  const copy = join(folder, name);
  await cp(run, copy, { recursive: true });
  return copy;
}

async function open(path: string): Promise<string> {
  const words = ['letters', 'next', '--prompt', 'a', '--count', '1', '--model', path];
  const { status, stdout, stderr } = await runCommand(words);
  expect([status, stdout === '']).toEqual(stderr === '' ? [0, false] : [1, true]);
  return stderr === '' ? stdout : stderr;
}

describe('--model', () => {
  it("takes a run's best checkpoint, or the named one", async () => {
    const path = await copyOf('two');
    await rm(join(path, 'checkpoints/00000020'), { recursive: true });
    expect(await open(path)).toBe(await open(run));
    expect(await open(`${run}/checkpoints/20`)).toBe(await open(run)); // the same numbers in this run
    expect(await open(`${path}/checkpoints/20`)).toBe(
      `error: ${path}: expected a step with a checkpoint (10), got 20\n`,
    );
  });

  it('rounds activations if weights are narrow enough', async () => {
    const next = async (...words: string[]): Promise<[string, string]> => {
      const { stdout, stderr } = await runCommand([
        ...'letters next --prompt a --count 29 --json --model'.split(' '),
        run,
        ...words,
      ]);
      return [stdout, stderr];
    };
    const [exact] = await next('--weights', 'q4');
    const [rounded] = await next('--weights', 'q4', '--activations', 'int8');
    const logits = [exact, rounded].map((json) => {
      const { tokens } = JSON.parse(json) as { tokens: { token: number; logit: number }[] };
      return tokens.sort((a, b) => a.token - b.token).map(({ logit }) => logit);
    });
    const differences = logits[0].map((logit, i) => Math.abs(logit - logits[1][i]));
    expect(Math.max(...differences)).toBeGreaterThan(1e-6);
    expect(Math.max(...differences)).toBeLessThan(0.1);
    expect(await next('--weights', 'f16', '--activations', 'int8')).toEqual([
      '',
      'error: --activations: expected f32 with weights of f16, got int8; choose weights of int8 or q4 for it\n',
    ]);
  });

  it('rounds keys and values to the named format', async () => {
    const next = async (...words: string[]): Promise<string> => {
      const { stdout, stderr } = await runCommand([
        ...'letters next --prompt abca --count 3 --json --model'.split(' '),
        run,
        ...words,
      ]);
      return stdout + stderr;
    };
    const [f32, f16, int8] = [
      await next('--kv-cache', 'f32'),
      await next('--kv-cache', 'f16'),
      await next('--kv-cache', 'int8'),
    ];
    expect(new Set([f32, f16, int8]).size).toBe(3);
    expect(await next()).toBe(f32);
    expect(await next('--weights', 'f16')).toBe(
      await next('--weights', 'f16', '--kv-cache', 'f16'),
    );
    expect(await next('--kv-cache-dtype', 'int8')).toBe(int8);
    expect(await next('--kv-cache', 'q4')).toMatch(
      /^error: --kv-cache: expected f32, f16 or int8, got "q4"/,
    );
  });

  it('fails if the run does not exist', async () => {
    const path = join(folder, 'none');
    expect(await open(path)).toBe(
      `error: ${path}: expected a run with a run.json, got none; name the folder of a run, a Hugging Face folder, a GGUF file, or a model that ramble data list names\n`,
    );
  });

  it('refuses a checkpoint that was cut short', async () => {
    const path = await copyOf('short');
    await truncate(join(path, MODEL), 5000);
    expect(await open(`${path}/checkpoints/10`)).toMatch(
      /^error: \S+\/short\/checkpoints\/00000010\/model.safetensors: .*expected .*, got .*\n$/,
    );
  });

  it('refuses a checkpoint of another model', async () => {
    const path = await copyOf('foreign');
    const other = join(folder, 'other');
    await makeRun(other, lettersApp, { nEmbd: 14 });
    for (const file of [MODEL, CHECKSUMS]) await cp(join(other, file), join(path, file));
    expect(await open(`${path}/checkpoints/10`)).toBe(
      `error: ${path}/${MODEL}: expected tokenEmbedding.weight of shape [29,12], got [29,14]\n`,
    );
  });

  it("refuses a domain that differs from the training's domain", async () => {
    const path = await copyOf('changed');
    await writeFile(join(path, 'domain/letters.json'), '"ab"');
    expect(await open(path)).toBe(
      `error: ${path}/domain: expected the files that the run was trained with, got others; put them back from a copy of the run\n`,
    );
  });

  it('refuses a run of another domain', async () => {
    const path = join(folder, 'reversal');
    await makeRun(path, reversalApp);
    expect(await open(path)).toBe(
      `error: ${path}: expected a run of the domain letters, got reversal; use ramble reversal next --prompt a --count 1 --model ${path}\n`,
    );
  });

  it("refuses a model whose vocabulary differs from its domain's", async () => {
    const path = await copyOf('odd');
    const json = await readFile(join(path, 'run.json'), 'utf8');
    const edited = json.replace('"vocabSize": 29', '"vocabSize": 30');
    await writeFile(join(path, 'run.json'), edited.replace(/ *"checksum": .*\n/, ''));
    expect(await open(path)).toBe(
      `error: ${path}/run.json: expected vocabSize 29, as in the folder domain, got 30\n`,
    );
  });
});

describe('--weights', () => {
  it.each(['f16', 'int8', 'q4'])('keeps a model in %s', async (weights) => {
    const words = ['letters', 'next', '--prompt', 'a', '--model', run, '--json'];
    const exact = await runCommand(words);
    const { status, stdout } = await runCommand([...words, '--weights', weights]);
    expect([status, stdout === exact.stdout]).toEqual([0, false]);
  });

  it('refuses other widths', async () => {
    const words = ['letters', 'next', '--prompt', 'a', '--model', run, '--weights', 'int4'];
    const { status, stderr } = await runCommand(words);
    expect(status).toBe(2);
    expect(stderr).toContain('--weights: expected f32, f16, int8 or q4, got "int4"');
  });
});
