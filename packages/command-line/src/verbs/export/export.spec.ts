import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { fixturesIn, writtenBytes } from '@ramble/node/testing';
import { writeSafetensors } from '@ramble/runs/safetensors';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { runCommand } from '../../../test/run-command.js';

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-export-'));
  run = join(folder, 'run');
  await makeRun(run, lettersApp);
});
afterAll(() => rm(folder, { recursive: true }));

describe('export', () => {
  it('writes a folder of Hugging Face from the named checkpoint', async () => {
    const out = join(folder, 'hf');
    const words = ['letters', 'export', '--model', `${run}/checkpoints/20`, '--out', out];
    const { stdout, status } = await runCommand(words);
    const files = ['config.json', 'generation_config.json', 'model.safetensors', 'letters.json'];
    expect([status, stdout]).toEqual([0, `${out}: ${files.join(', ')}\n`]);
    expect((await readdir(out)).sort()).toEqual([...files].sort());
    expect(JSON.parse(await readFile(join(out, 'config.json'), 'utf8'))).toMatchObject({
      architectures: ['GPT2LMHeadModel'],
      vocab_size: 29,
      n_inner: null,
      eos_token_id: 28,
      dtype: 'float32',
    });
  });

  it('rounds to 16 bits on request', async () => {
    const out = join(folder, 'f16');
    const words = ['letters', 'export', '--model', run, '--out', out, '--weights', 'f16', '--json'];
    expect(JSON.parse((await runCommand(words)).stdout)).toMatchObject({
      folder: out,
      step: 10,
      weights: 'f16',
    });
    const sizes = await Promise.all(
      ['f16', 'hf'].map(
        async (name) => (await readFile(join(folder, name, 'model.safetensors'))).length,
      ),
    );
    expect(sizes[0]).toBeLessThan(0.75 * sizes[1]); // half of the weights, and the header
  });

  it('warns that it omits tokens that Hugging Face cannot represent', async () => {
    const [from, out] = [join(folder, 'reversal'), join(folder, 'bare')];
    await makeRun(from, reversalApp);
    const { status, stderr } = await runCommand([
      'reversal',
      'export',
      '--model',
      from,
      '--out',
      out,
    ]);
    expect([status, stderr]).toEqual([
      0,
      `warning: ${out} has no tokenizer: other programs have none for the tokens of ramble reversal\n`,
    ]);
    expect(await readdir(out)).not.toContain('letters.json');
  });

  it('refuses the name of a file of another format, unless the format is named', async () => {
    const out = join(folder, 'model.onnx');
    const refused = await runCommand(['letters', 'export', '--model', run, '--out', out]);
    expect([refused.status, refused.stderr]).toEqual([
      2,
      `error: --out: expected a new folder, which transformers loads, or a file that ends with .gguf, got ${out}; no other format is written\n`,
    ]);
    expect(await readdir(folder)).not.toContain('model.onnx');
    const words = ['letters', 'export', '--model', run, '--out', out, '--format', 'hugging-face'];
    expect((await runCommand(words)).status).toBe(0);
  });

  it('lists the types of weights that it supports', async () => {
    const words = ['letters', 'export', '--model', run, '--out', join(folder, 'narrow')];
    expect((await runCommand([...words, '--weights', 'int8'])).stderr).toBe(
      'error: --weights: expected f32, f16, bf16 or q8_0, got "int8"; q8_0 has 8 bits, in a GGUF file\n',
    );
    expect((await runCommand([...words, '--quantize'])).stderr).toBe(
      'error: --quantize: unknown flag. Use --format gguf --weights q8_0 instead: a file of fewer bits is not written\n',
    );
  });

  it('names the setting that no model family supports, for a model of Llama', async () => {
    const from = join(folder, 'capped');
    const llama = { norm: 'rms', mlp: 'swiglu', bias: 'none', positions: 'rotary' } as const;
    await makeRun(from, lettersApp, { ...llama, logitCap: 30 });
    const words = ['letters', 'export', '--model', from, '--out', join(folder, 'no-llama')];
    const { status, stderr } = await runCommand(words);
    expect([status, stderr]).toEqual([
      1,
      "error: logitCap: expected none, as in Hugging Face's llama, got 30; Hugging Face has no model with all settings of this one, so it cannot be exported\n",
    ]);
  });

  it('refuses a model that GPT-2 cannot express, and an existing folder', async () => {
    const prefix = join(folder, 'prefix');
    await makeRun(prefix, lettersApp, { attention: 'prefix' });
    const out = join(folder, 'no-gpt2');
    const refused = await runCommand(['letters', 'export', '--model', prefix, '--out', out]);
    expect([refused.status, refused.stderr]).toEqual([
      1,
      "error: attention: expected causal, as in Hugging Face's GPT-2, got prefix; Hugging Face has no model with all settings of this one, so it cannot be exported\n",
    ]);
    const onExisting = await runCommand(['letters', 'export', '--model', run, '--out', run]);
    expect([onExisting.status, onExisting.stderr]).toEqual([
      1,
      `error: ${run}: expected nothing at that path, got something; choose another --out, or remove it first\n`,
    ]);
    expect(await readdir(folder)).not.toContain('no-gpt2');
  });

  describe('of a run of LoRA adapters', () => {
    const llama = { norm: 'rms', mlp: 'swiglu', bias: 'none', positions: 'rotary' } as const;
    const letters = (...words: string[]) => runCommand(['letters', ...words]);
    const next = async (model: string): Promise<string> =>
      (await letters('next', '--model', model, '--prompt', 'call me', '--json')).stdout;
    let base: string;
    let adapters: string;
    let peft: string;
    beforeAll(async () => {
      [base, peft, adapters] = ['base', 'peft', 'adapters'].map((name) => join(folder, name));
      await makeRun(base, lettersApp, llama);
      await mkdir(peft);
      const layer = 'base_model.model.model.layers.0.self_attn.q_proj';
      const numbers = (name: string, shape: number[]) => ({
        name: `${layer}.${name}.weight`,
        shape,
        values: () => Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i)),
      });
      const tensors = [numbers('lora_A', [2, 12]), numbers('lora_B', [12, 2])];
      const bytes = await writtenBytes((sink) => writeSafetensors(sink, tensors));
      await writeFile(join(peft, 'adapter_model.safetensors'), bytes);
      const config = { peft_type: 'LORA', r: 2, lora_alpha: 5, target_modules: ['q_proj'] };
      await writeFile(join(peft, 'adapter_config.json'), JSON.stringify(config));
    });

    it('gives the folder of PEFT that the run was imported from', async () => {
      const imported = await letters('import', peft, '--base', base, '--out', adapters);
      expect([imported.status, imported.stderr, imported.stdout]).toEqual([
        0,
        '',
        `${adapters}: LoRA adapters of rank 2 for q, from ${peft}\n` +
          `try: ramble letters sample --model ${adapters}\n`,
      ]);
      expect(JSON.parse(await readFile(join(adapters, 'run.json'), 'utf8'))).toMatchObject({
        training: { loraRank: 2, loraAlpha: 5, loraTargets: 'q', loraDropout: 0 },
        origin: { kind: 'run', path: base, step: 10 },
      });
      expect(await next(adapters)).not.toBe(await next(base));
      const out = join(folder, 'peft-again');
      const { status, stderr, stdout } = await letters('export', '--model', adapters, '--out', out);
      expect([status, stderr, stdout]).toEqual([
        0,
        '',
        `${out}: adapter_config.json, adapter_model.safetensors\n`,
      ]);
      const tensors = (path: string) =>
        fixturesIn(pathToFileURL(`${path}/`)).readTensors('adapter_model.safetensors');
      expect(tensors(out)).toEqual(tensors(peft));
      const config = await readFile(join(out, 'adapter_config.json'), 'utf8');
      expect(JSON.parse(config)).toMatchObject({
        ...{ r: 2, lora_alpha: 5, target_modules: ['self_attn.q_proj'] },
      });
    });

    it('gives a GGUF file of the adapters', async () => {
      const out = join(folder, 'adapters.gguf');
      const words = ['--model', adapters, '--out', out, '--weights', 'f16'];
      const { status, stderr, stdout } = await letters('export', ...words);
      expect([status, stderr, stdout]).toEqual([0, '', `${out}: LoRA adapters in f16\n`]);
      expect((await readFile(out)).subarray(0, 4).toString()).toBe('GGUF');
    });

    it('refuses what adapters do not have', async () => {
      const out = join(folder, 'refused');
      const errorOf = async (...words: string[]): Promise<string> =>
        (await letters('export', '--out', out, ...words)).stderr;
      expect(await errorOf('--model', adapters, '--format', 'hugging-face')).toBe(
        'error: --format: expected peft or gguf, got hugging-face for a run of LoRA adapters; ramble letters merge makes a run with the whole model\n',
      );
      expect(await errorOf('--model', base, '--format', 'peft')).toBe(
        'error: --format: expected hugging-face or gguf, got peft for a run without LoRA adapters\n',
      );
      const q8 = ['--model', adapters, '--format', 'gguf', '--weights', 'q8_0'];
      expect(await errorOf(...q8)).toBe(
        'error: --weights: expected one of f32, f16 with --format gguf and LoRA adapters, got q8_0\n',
      );
      const missing = await letters('import', peft, '--out', out);
      expect([missing.status, missing.stderr]).toEqual([
        2,
        `error: --base: the flag is missing; ${peft} has LoRA adapters, and --base names the run of their model\n`,
      ]);
      const twice = await letters('import', peft, '--base', adapters, '--out', out);
      expect(twice.stderr).toBe(
        `error: --base: expected a run of a whole model, got adapters: ${adapters}\n`,
      );
      const whole = await letters('import', base, '--base', base, '--out', out);
      expect(whole.stderr).toBe(
        `error: --base: expected a PEFT folder with adapter_config.json to import, got ${base}\n`,
      );
      expect(await readdir(folder)).not.toContain('refused');
    });
  });
});
