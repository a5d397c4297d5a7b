import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { takeLock } from '@ramble/node';
import { hubCommit, sha256Of, startHub } from '@ramble/node/testing';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { runCommand } from '../../../test/run-command.js';

let folder: string;
let run: string;
let exported: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-import-'));
  [run, exported] = [join(folder, 'run'), join(folder, 'exported')];
  await makeRun(run, lettersApp, { mlpDim: 10, normEps: 1e-6 });
  const { stderr } = await letters('export', '--model', run, '--out', exported);
  expect(stderr).toBe('');
});
afterAll(() => rm(folder, { recursive: true }));

interface Origin {
  readonly origin: unknown;
}
const letters = (...words: string[]) => runCommand(['letters', ...words]);
const next = async (model: string, ...words: string[]): Promise<string> =>
  (await letters('next', '--model', model, '--prompt', 'call me', '--json', ...words)).stdout;
/** A copy of the exported folder with files replaced. */
async function changed(
  name: string,
  files: Readonly<Record<string, string | Uint8Array | undefined>>,
): Promise<string> {
  const copy = join(folder, name);
  await mkdir(copy);
  for (const file of await readdir(exported)) {
    if (!(file in files)) await symlink(join(exported, file), join(copy, file));
  }
  for (const [file, text] of Object.entries(files)) {
    if (text !== undefined) await writeFile(join(copy, file), text);
  }
  return copy;
}

describe('import', () => {
  it('makes a run that every verb takes, with the same numbers', async () => {
    const out = join(folder, 'imported');
    const { stdout, status } = await letters('import', exported, '--out', out);
    expect([status, stdout]).toEqual([
      0,
      `${out}: 1,402 parameters in f32, 29 tokens, from ${exported}\n` +
        `try: ramble letters sample --model ${out}\n`,
    ]);
    expect(await next(out)).toBe(await next(run));
    const description = JSON.parse(await readFile(join(out, 'run.json'), 'utf8')) as object;
    expect(description).toMatchObject({
      domain: { name: 'letters', options: { letters: 'all' } },
      model: { mlpDim: 10, normEps: 1e-6 },
      engine: 'none',
      origin: { kind: 'import', path: exported },
    });
    const inspected = await letters('inspect', '--model', out);
    expect(inspected.stdout).toContain(`origin       import of ${exported}\n`);
    expect(inspected.stdout).not.toContain('--max-steps');
  });

  it.each(['f16', 'int8', 'q4'])(
    'stores weights in %s, and computes with them',
    async (weights) => {
      const out = join(folder, weights);
      const { stdout } = await letters(
        'import',
        exported,
        '--out',
        out,
        '--weights',
        weights,
        '--json',
      );
      expect(JSON.parse(stdout)).toMatchObject({
        run: out,
        from: exported,
        parameters: 1402,
        weights,
      });
      expect(await next(out)).toBe(await next(run, '--weights', weights));
      expect(await next(out)).not.toBe(await next(run));
    },
  );

  it('chooses the factors of longrope by the context, and prints a note', async () => {
    const from = join(folder, 'longrope');
    const lists = { shortFactors: [1, 1.5], longFactors: [4, 9] };
    await makeRun(from, lettersApp, {
      ...{ norm: 'rms', mlp: 'swiglu', bias: 'none', positions: 'rotary', contextLength: 16 },
      ...{ nHead: 2, nEmbd: 8, ropeTheta: 10 },
      ropeScaling: { kind: 'longrope', ...lists, original: 8, attentionFactor: 1.25 },
    });
    await letters('export', '--model', from, '--out', `${from}-hf`);
    const config = JSON.parse(await readFile(join(`${from}-hf`, 'config.json'), 'utf8')) as {
      rope_scaling: { short_factor: number[]; long_factor: number[] };
    };
    // The run uses these factors at every length, and so must transformers.
    expect(config.rope_scaling.short_factor).toEqual(lists.longFactors);
    config.rope_scaling.short_factor = lists.shortFactors;
    await writeFile(join(`${from}-hf`, 'config.json'), JSON.stringify(config));

    const [short, long] = [join(folder, 'short'), join(folder, 'long')];
    const usual = await letters('import', `${from}-hf`, '--out', short);
    expect(usual.stderr).toBe(
      "the run has a context of 8 tokens and longrope's factors for short contexts; those for long ones come with import --context-length 16\n",
    );
    const words = ['--out', long, '--context-length', '16'];
    expect((await letters('import', `${from}-hf`, ...words)).stderr).toBe(
      "the run has a context of 16 tokens and longrope's factors for long contexts; those for short ones come with import --context-length 8\n",
    );
    expect(await next(long)).toBe(await next(from));
    expect(await next(short)).not.toBe(await next(from));
    const description = JSON.parse(await readFile(join(short, 'run.json'), 'utf8')) as object;
    expect(description).toMatchObject({ model: { contextLength: 8, ropeScaling: lists } });
  });

  it('refuses a context that is too long for the model', async () => {
    const contextOf = async (length: number): Promise<string> => {
      const words = ['--out', join(folder, 'no-context'), '--context-length', `${length}`];
      return (await letters('import', exported, ...words)).stderr;
    };
    expect(await contextOf(9)).toBe(
      'error: --context-length: expected at most 8, which the model has, got 9\n',
    );
    expect(await contextOf(4)).toBe(
      'error: --context-length: expected 8, the number of positions that the model has learned, got 4\n',
    );
  });

  it('follows links, as in the cache of Hugging Face', async () => {
    const linked = await changed('linked', {});
    expect((await letters('import', linked, '--out', join(folder, 'from-links'))).status).toBe(0);
  });

  it('refuses to resume an untrained model', async () => {
    const out = join(folder, 'resumed');
    await letters('import', exported, '--out', out);
    await writeFile(join(folder, 'whale.txt'), 'call me ishmael\n'.repeat(9));
    const { status, stderr } = await letters('train', '--resume', '--out', out);
    expect([status, stderr]).toEqual([
      1,
      `error: ${out}: expected a run that was trained, got an imported one. ` +
        `Train a new run from it: ramble letters train --init-from ${out} --data … --out …\n`,
    ]);
  });

  it('names the fault of a folder, and leaves no files', async () => {
    const broken = async (
      name: string,
      file: string,
      text?: string | Uint8Array,
    ): Promise<string> => {
      const from = await changed(name, { [file]: text });
      const out = join(folder, `${name}-out`);
      const { status, stderr } = await letters('import', from, '--out', out);
      expect([status, await readdir(folder)]).toEqual([
        1,
        expect.not.arrayContaining([`${name}-out`]),
      ]);
      return stderr.replace(`error: ${from}`, 'FOLDER');
    };
    const config = await readFile(join(exported, 'config.json'), 'utf8');
    const relu = config.replace('gelu_new', 'relu');
    expect(await broken('relu', 'config.json', relu)).toContain(
      'FOLDER/config.json: activation_function: expected gelu_new or gelu_pytorch_tanh, got "relu"',
    );
    expect(await broken('strange', 'letters.json', '"ab"')).toBe(
      'FOLDER/letters.json: expected small letters, got others\n',
    );
    expect(await broken('blank', 'letters.json', '')).toBe(
      'FOLDER/letters.json: expected JSON, got nothing\n',
    );
    expect(await broken('cut', 'model.safetensors', 'short')).toBe(
      'FOLDER/model.safetensors: expected a safetensors file, got 5 bytes\n',
    );
    const weights = await readFile(join(exported, 'model.safetensors'));
    weights.writeFloatLE(NaN, weights.length - 4); // found after the run was begun
    expect(await broken('nan', 'model.safetensors', weights)).toContain('got NaN');
    expect(await broken('bare', 'model.safetensors')).toBe(
      'FOLDER: expected model.safetensors or model.safetensors.index.json, got neither\n',
    );
    expect(await broken('headless', 'config.json')).toBe(
      'FOLDER/config.json: expected a file or folder, got nothing at that path\n',
    );
  });

  it('imports a model of the Hub by its name, and records its origin', async () => {
    const files: Record<string, Uint8Array> = {};
    for (const name of await readdir(exported)) files[name] = await readFile(join(exported, name));
    const hub = await startHub({ 'melville/whale': { files, licence: 'mit' } });
    process.env.HF_ENDPOINT = hub.url;
    process.env.HF_HOME = join(folder, 'hf');
    try {
      const out = join(folder, 'named');
      const { stderr, stdout } = await letters('import', 'melville/whale', '--out', out);
      const source = `melville/whale at ${hubCommit({ files })} on the Hugging Face Hub`;
      expect(stderr).toBe(`melville/whale: ${source} (licence: mit)\n`);
      expect(stdout).toContain(`${out}: 1,402 parameters in f32, 29 tokens, from `);
      expect(await next(out)).toBe(await next(run));
      const sha256 = sha256Of(files['model.safetensors']);
      const { origin } = JSON.parse(await readFile(join(out, 'run.json'), 'utf8')) as Origin;
      const path = join(
        ...[folder, 'hf/hub/models--melville--whale/snapshots', hubCommit({ files })],
      );
      expect(origin).toEqual({ kind: 'import', path, source, licence: 'mit', sha256 });
      const inspected = await letters('inspect', '--model', out);
      expect(inspected.stdout).toContain(
        [
          `origin       import of ${path}`,
          `             from ${source}`,
          'licence      mit',
          `sha256       ${sha256}\n`,
        ].join('\n'),
      );
      const wrong = await letters('import', 'melville/wale', '--out', join(folder, 'wrong'));
      expect([wrong.status, wrong.stderr]).toEqual([
        1,
        `error: melville/wale: expected a model on ${hub.url}, got none; check the name, and set HF_TOKEN if the model is private\n`,
      ]);
      expect(await readdir(folder)).not.toContain('wrong');
    } finally {
      delete process.env.HF_ENDPOINT;
      delete process.env.HF_HOME;
      await hub.close();
    }
  });

  it('prints how to resume a download that was stopped', async () => {
    const files = { 'config.json': '{}', 'model.safetensors': 'weights' };
    const hub = await startHub({ 'melville/whale': { files } });
    process.env.HF_ENDPOINT = hub.url;
    process.env.HF_HOME = join(folder, 'hf-stopped');
    const locks = join(folder, 'hf-stopped/hub/.locks/models--melville--whale');
    await mkdir(locks, { recursive: true });
    const lock = await takeLock(join(locks, 'ramble.lock'));
    try {
      const words = ['letters', 'import', 'melville/whale', '--out', join(folder, 'stopped')];
      const { status, stderr } = await runCommand(words, {
        onNote: (line, interrupt) => line.includes('waiting for') && interrupt(),
      });
      expect([status, stderr.trim().split('\n').at(-1)]).toEqual([
        130,
        'stopped; run the same command again to continue the download',
      ]);
      expect(await readdir(folder)).not.toContain('stopped');
    } finally {
      if ('release' in lock) await lock.release();
      delete process.env.HF_ENDPOINT;
      delete process.env.HF_HOME;
      await hub.close();
    }
  });

  it('takes a folder before a name', async () => {
    const before = process.cwd();
    await mkdir(join(folder, 'melville'));
    await symlink(exported, join(folder, 'melville/whale'));
    process.chdir(folder);
    try {
      const { stderr, status } = await letters('import', 'melville/whale', '--out', 'from-folder');
      expect([status, stderr]).toEqual([0, '']);
    } finally {
      process.chdir(before);
    }
  });

  it('refuses a run, which needs no import', async () => {
    const { status, stderr } = await letters('import', run, '--out', join(folder, 'twice'));
    expect([status, stderr]).toEqual([
      1,
      `error: ${run}: it is a run already, which every verb takes: --model ${run}\n`,
    ]);
  });

  it('refuses a missing folder, an unknown name and an existing run', async () => {
    const none = await letters('import', 'gpt2-xxl', '--out', join(folder, 'none'));
    expect(none.stderr).toBe(
      'error: gpt2-xxl: expected a folder, a GGUF file or the name of a model, got none. Did you mean gpt2-xl?\n',
    );
    const path = await letters('import', './models/none', '--out', join(folder, 'none'));
    expect(path.stderr).toBe(
      'error: ./models/none: expected a folder, a GGUF file or the name of a model, got none; see ramble data list\n',
    );
    const again = await letters('import', exported, '--out', run);
    expect(again.stderr).toBe(
      `error: ${run}: expected an empty or new folder, got one with a run\n`,
    );
    const file = await letters('import', 'models/none.gguf', '--out', join(folder, 'none'));
    expect(file.stderr).toBe(
      'error: models/none.gguf: expected a folder, a GGUF file or the name of a model, got none; see ramble data list\n',
    );
  });

  it('refuses a file that is no model, and says what to do with it', async () => {
    const book = join(folder, 'book.txt');
    await writeFile(book, 'Call me Ishmael.');
    expect((await letters('import', book, '--out', join(folder, 'none'))).stderr).toBe(
      `error: ${book}: expected a folder of Hugging Face or a GGUF file, got another file; a file to train on is for train: --data ${book}\n`,
    );
    const weights = join(exported, 'model.safetensors');
    expect((await letters('import', weights, '--out', join(folder, 'none'))).stderr).toBe(
      `error: ${weights}: expected a folder of Hugging Face or a GGUF file, got another file; name its folder: ${exported}\n`,
    );
  });

  it.each(['https://huggingface.co/melville/whale', 'hf.co/melville/whale'])(
    'finds the name of a model in %s',
    async (word) => {
      const { stderr } = await letters('import', word, '--out', join(folder, 'none'));
      expect(stderr).toBe(
        `error: ${word}: expected a folder, a GGUF file or the name of a model, got none. Did you mean melville/whale?\n`,
      );
    },
  );

  it('mentions the folder of that name if no model on the Hub has the name', async () => {
    const hub = await startHub({});
    process.env.HF_ENDPOINT = hub.url;
    const before = process.cwd();
    process.chdir(folder);
    try {
      const { stderr } = await letters('import', 'exported/none', '--out', 'none');
      expect(stderr).toBe(
        `error: exported/none: expected a model on ${hub.url}, got none; check the name, and set HF_TOKEN if the model is private. The folder exported has nothing named none\n`,
      );
    } finally {
      process.chdir(before);
      delete process.env.HF_ENDPOINT;
      await hub.close();
    }
  });

  it('refuses domains without Hugging Face tokenizers, and names one that has them', async () => {
    const words = ['reversal', 'import', exported, '--out', join(folder, 'reversal')];
    expect(await runCommand(words)).toMatchObject({
      status: 2,
      stderr:
        'error: import: expected a domain of Hugging Face tokenizers (huggingFace), got reversal; use ' +
        ['letters', 'talk']
          .map((name) => `ramble ${name} ${words.slice(1).join(' ')}`)
          .join(' or ') +
        '\n',
    });
  });
});
