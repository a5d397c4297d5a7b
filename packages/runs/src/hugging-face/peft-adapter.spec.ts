import { type Model, train, type TrainingBatch, trainingConfig } from '@ramble/core';
import { adaptModel, forward, logitsOf, type AdapterTarget } from '@ramble/core/model';
import { memoryBytes } from '@ramble/core/files';
import { type FixtureTensor, fixturesIn, writtenBytes } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { fileFolder } from '../../test/file-folder.js';
import { openSafetensors } from '../safetensors/open-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { loadModel } from '../weights/load-model.js';
import { openHuggingFace } from './hugging-face-files.js';
import { peftFiles, readPeftAdapter } from './peft-adapter.js';

// Adapters that PEFT trained on tiny models of transformers; fixtures/peft/make.py.
const fixtures = fixturesIn(new URL('../../fixtures/peft/', import.meta.url));
const golden = fixtures.readJson('golden.json') as {
  batches: number[][];
  cases: Record<string, { base: string; losses: number[] }>;
};
const names = Object.keys(golden.cases);
const width = 13; // of a sequence: 12 inputs, each with the next token as its target

const filesOf = (folder: string, weights = 'adapter_model') => ({
  'adapter_config.json': fixtures.readBytes(`${folder}/adapter_config.json`),
  'adapter_model.safetensors': fixtures.readBytes(`${folder}/${weights}.safetensors`),
});

async function baseOf(name: string): Promise<Model> {
  const folder = `bases/${golden.cases[name].base}`;
  const files = Object.fromEntries(
    ['config.json', 'model.safetensors'].map((file) => [
      file,
      fixtures.readBytes(`${folder}/${file}`),
    ]),
  );
  const { config, weights } = await openHuggingFace(fileFolder(files));
  return loadModel(weights, config);
}

function logits({ config, decoder, parameters }: Model): Float32Array {
  const tokens = Int32Array.from(golden.batches[0].slice(0, width - 1));
  return tf.tidy(() => {
    const values = parameters.tensors();
    return logitsOf(
      config,
      values,
      forward(decoder, values, { tokens, batchSize: 1 }),
    ).dataSync<'float32'>();
  });
}

const expectedLogits = (name: string): Float32Array =>
  fixtures.readTensors('logits.safetensors')[name].values;

function batchOf(ids: readonly number[]): TrainingBatch {
  const each = (isPart: (i: number) => boolean): Int32Array =>
    Int32Array.from(ids.filter((_, i) => isPart(i % width)));
  const tokens = each((i) => i < width - 1);
  return {
    batchSize: ids.length / width,
    tokens,
    targets: each((i) => i > 0),
    weights: new Float32Array(tokens.length).fill(1),
  };
}

async function written(
  model: Model,
  options?: Parameters<typeof peftFiles>[2],
): Promise<{ config: Record<string, unknown>; files: Record<string, Uint8Array> }> {
  const { config, parameters } = model;
  const { adapters } = parameters;
  if (!adapters) throw new Error('expected a model with adapters');
  const description = { model: config, training: adapters.settings };
  const writers = await peftFiles(description, (name) => parameters.read(name), options);
  const files: Record<string, Uint8Array> = {};
  for (const [name, write] of Object.entries(writers)) files[name] = await writtenBytes(write);
  const text = Buffer.from(files['adapter_config.json']).toString();
  return { config: JSON.parse(text) as Record<string, unknown>, files };
}

async function tensorsOf(bytes: Uint8Array): Promise<Record<string, FixtureTensor>> {
  const file = await openSafetensors(memoryBytes('adapter', bytes));
  const entries = [...file.tensors.values()].map(async ({ name, shape }) => [
    name,
    { shape, values: await file.read(name) },
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, FixtureTensor>;
}

/** Adds adapters with values that are not zero. */
function adapted(base: Model, loraTargets: AdapterTarget): Model {
  const settings = { loraRank: 3, loraAlpha: 4, loraTargets, loraDropout: 0.25 };
  const model = adaptModel(base, settings, 5);
  for (const [n, { name }] of model.parameters.specs.entries()) {
    const values = model.parameters.read(name).map((_, i) => Math.sin(i + 7 * n) / 3);
    model.parameters.write(name, values);
  }
  return model;
}

describe('an adapter of PEFT', () => {
  it.each(names)('gives the logits of PEFT: %s', async (name) => {
    const model = await readPeftAdapter(fileFolder(filesOf(name)), await baseOf(name));
    expect(logits(model)).toBeAllClose(expectedLogits(name), { atol: 1e-5, rtol: 0 });
    model.dispose();
  });

  // The initial values of "patterns" have factors of their own in B, so that its steps differ.
  it.each(names.filter((name) => name !== 'patterns'))(
    'is trained for 50 steps with the losses of PEFT: %s',
    async (name) => {
      const initial = fileFolder(filesOf(name, 'initial'));
      const model = await readPeftAdapter(initial, await baseOf(name));
      const losses: number[] = [];
      const steps = train({
        model,
        config: trainingConfig({
          ...{ maxSteps: 50, learningRate: 0.002, schedule: 'constant', warmupSteps: 0 },
          ...{ beta2: 0.95, weightDecay: 0.1, gradClip: 0 },
          ...model.parameters.adapters?.settings,
        }),
        batches: { batch: (step) => Promise.resolve(batchOf(golden.batches[step])) },
        clock: { now: () => 0 },
      });
      for await (const report of steps) if (report.kind === 'step') losses.push(report.loss);
      expect(losses).toBeAllClose(golden.cases[name].losses, { atol: 1e-4, rtol: 0 });
      expect(logits(model)).toBeAllClose(expectedLogits(name), { atol: 1e-5, rtol: 0 });
      model.dispose();
    },
  );

  it.each(names.filter((name) => name !== 'patterns'))(
    'is written as PEFT wrote it: %s',
    async (name) => {
      const model = await readPeftAdapter(fileFolder(filesOf(name)), await baseOf(name));
      const { config, files } = await written(model);
      const theirs = fixtures.readTensors(`${name}/adapter_model.safetensors`);
      expect(await tensorsOf(files['adapter_model.safetensors'])).toEqual(theirs);
      const { r, fan_in_fan_out } = fixtures.readJson(`${name}/adapter_config.json`) as {
        r: number;
        fan_in_fan_out: boolean;
      };
      expect(config).toMatchObject({ peft_type: 'LORA', r, fan_in_fan_out, rank_pattern: {} });
      model.dispose();
    },
  );

  it('is written with its ranks and without layers that have no adapter', async () => {
    const model = await readPeftAdapter(fileFolder(filesOf('patterns')), await baseOf('patterns'));
    const { config, files } = await written(model);
    const theirs = fixtures.readTensors('patterns/adapter_model.safetensors');
    const ours = await tensorsOf(files['adapter_model.safetensors']);
    const shapes = (tensors: Record<string, FixtureTensor>) =>
      Object.fromEntries(Object.entries(tensors).map(([each, { shape }]) => [each, shape]));
    expect(shapes(ours)).toEqual(shapes(theirs));
    expect(config.target_modules).toContain('model.layers.0.self_attn.k_proj');
    expect(config.target_modules).toContain('mlp.down_proj');
    expect(config.rank_pattern).toMatchObject({ 'model.layers.1.mlp.down_proj': 1 });
    const again = await readPeftAdapter(fileFolder(files), await baseOf('patterns'));
    expect(logits(again)).toBeAllClose(expectedLogits('patterns'), { atol: 1e-5, rtol: 0 });
    for (const each of [model, again]) each.dispose();
  });

  it.each<[string, string, string, number]>([
    ['gpt2', 'q,v,o', 'attn.c_attn', 6],
    ['gpt2', 'all', 'attn.c_attn', 9],
    ['phi3', 'k,v,gate', 'mlp.gate_up_proj', 3],
    ['phi3', 'all', 'mlp.gate_up_proj', 6],
    ['llama', 'qkv,gate-up', 'self_attn.v_proj', 3], // one A for several matrices
    ['qwen3', 'v,down', 'mlp.down_proj', 3],
  ])('is written for parts of a matrix: %s with %s', async (name, targets, module, rank) => {
    const model = adapted(await baseOf(name), targets as AdapterTarget);
    const { config, files } = await written(model);
    expect(config.target_modules).toContain(module);
    const tensors = await tensorsOf(files['adapter_model.safetensors']);
    const blocks = name === 'gpt2' ? 'transformer.h' : 'model.layers';
    const { shape } = tensors[`base_model.model.${blocks}.1.${module}.lora_A.weight`];
    expect(shape).toEqual([rank, module === 'mlp.down_proj' ? 24 : 16]);
    expect(config).toMatchObject({ lora_dropout: 0.25, r: 3, lora_alpha: 4 });
    if (rank > 3) {
      expect(config.rank_pattern).toMatchObject({ [`${blocks}.1.${module}`]: rank });
      expect(config.alpha_pattern).toMatchObject({ [`${blocks}.1.${module}`]: (4 / 3) * rank });
    }
    const again = await readPeftAdapter(fileFolder(files), await baseOf(name));
    expect(logits(again)).toBeAllClose(logits(model), { atol: 1e-5, rtol: 0 });
    expect(logits(again)).not.toBeAllClose(logits(await baseOf(name)), { atol: 0.1, rtol: 0 });
    for (const each of [model, again]) each.dispose();
  });

  it('is rounded to 16 bits on request', async () => {
    const model = adapted(await baseOf('llama'), 'q');
    const { files } = await written(model, { dtype: 'BF16' });
    const file = await openSafetensors(memoryBytes('adapter', files['adapter_model.safetensors']));
    expect([...file.tensors.values()].map(({ dtype }) => dtype)).toEqual(Array(4).fill('BF16'));
    const again = await readPeftAdapter(fileFolder(files), await baseOf('llama'));
    expect(logits(again)).toBeAllClose(logits(model), { atol: 0.1, rtol: 0 });
    for (const each of [model, again]) each.dispose();
  });

  const config = fixtures.readJson('llama/adapter_config.json') as Record<string, unknown>;
  const read = async (
    changes: Record<string, unknown>,
    weights?: Record<string, number[]>,
  ): Promise<Model> => {
    const tensors = Object.entries(weights ?? {}).map(([name, shape]) => {
      const size = shape.reduce((product, each) => product * each, 1);
      return { name: `base_model.model.${name}`, shape, values: () => new Float32Array(size) };
    });
    const bytes = await writtenBytes((sink) => writeSafetensors(sink, tensors));
    const files = {
      'adapter_config.json': JSON.stringify({ ...config, ...changes }),
      'adapter_model.safetensors': weights ? bytes : filesOf('llama')['adapter_model.safetensors'],
    };
    return readPeftAdapter(fileFolder(files), await baseOf('llama'));
  };

  it.each<[Record<string, unknown>, string]>([
    [{ peft_type: 'LOHA' }, 'peft_type: expected "LORA", got "LOHA"'],
    [{ use_dora: true }, 'use_dora: expected null, as ramble reads plain LoRA only, got true'],
    [{ bias: 'lora_only' }, 'bias: expected "none", got "lora_only"'],
    [{ lora_bias: true }, 'lora_bias: expected null, as ramble reads plain LoRA only, got true'],
    [{ alora_invocation_tokens: [3] }, 'alora_invocation_tokens: expected null'],
    [{ trainable_token_indices: [3] }, 'trainable_token_indices: expected null'],
    [{ layer_replication: [[0, 2]] }, 'layer_replication: expected null'],
    [{ target_parameters: ['mlp.experts'] }, 'target_parameters: expected null'],
    [
      { newer_field: 'yes' },
      'newer_field: expected null, as ramble reads plain LoRA only, got "yes"',
    ],
    [
      { init_lora_weights: 'pissa' },
      'init_lora_weights: expected initial values that do not change the base model, got "pissa"',
    ],
    [{ lora_alpha: -1 }, 'lora_alpha: expected a number of at least 0, got -1'],
    [{ lora_alpha: '8' }, 'lora_alpha: expected a number of at least 0, got "8"'],
    [{ lora_dropout: 1 }, 'loraDropout: expected a number of at least 0 and below 1, got 1'],
    [{ alpha_pattern: [] }, 'alpha_pattern: expected an object, got []'],
    [
      { alpha_pattern: { '(a+)+': 4 } },
      'alpha_pattern: expected names of modules or simple patterns, got "(a+)+"',
    ],
    [{ alpha_pattern: { 'q[': 4 } }, 'alpha_pattern: expected regular expressions, got "q["'],
  ])('is refused by its config: %j', async (changes, message) => {
    await expect(read(changes)).rejects.toThrow(message);
  });

  const layer = 'model.layers.0.self_attn.q_proj';
  const matrices = (name: string, rank = 2) => ({
    [`${name}.lora_A.weight`]: [rank, 16],
    [`${name}.lora_B.weight`]: [16, rank],
  });
  it.each<[string, Record<string, number[]>, string]>([
    [
      'DoRA',
      { ...matrices(layer), [`${layer}.lora_magnitude_vector`]: [16] },
      `lora_B.weight of linear layers, got base_model.model.${layer}.lora_magnitude_vector`,
    ],
    [
      'embeddings',
      { 'model.embed_tokens.lora_embedding_A': [2, 61] },
      'lora_B.weight of linear layers, got base_model.model.model.embed_tokens.lora_embedding_A',
    ],
    [
      'a module that was saved whole',
      { ...matrices(layer), 'lm_head.weight': [61, 16] },
      'lora_B.weight of linear layers, got base_model.model.lm_head.weight',
    ],
    [
      'the output projection',
      matrices('lm_head'),
      'lm_head: expected one of self_attn.q_proj, self_attn.k_proj, self_attn.v_proj, self_attn.qkv_proj, self_attn.o_proj, mlp.gate_proj, mlp.up_proj, mlp.gate_up_proj, mlp.down_proj in model.layers.0 to model.layers.1, got a module that adapters of ramble lack',
    ],
    [
      'another number of layers',
      matrices('model.layers.2.self_attn.q_proj'),
      'model.layers.2.self_attn.q_proj: expected one of',
    ],
    [
      'one layer under two names',
      { ...matrices(layer), ...matrices(layer.replace('model.', '')) },
      `expected ${layer} or layers.0.self_attn.q_proj, got both`,
    ],
    [
      'a matrix and a part of it',
      {
        ...matrices(layer),
        'model.layers.0.self_attn.qkv_proj.lora_A.weight': [2, 16],
        'model.layers.0.self_attn.qkv_proj.lora_B.weight': [32, 2],
      },
      'expected adapters of a fused matrix or of its parts, got both: model.layers.0.self_attn.q_proj',
    ],
    [
      'half of a pair',
      { [`${layer}.lora_A.weight`]: [2, 16] },
      `base_model.model.${layer}.lora_A.weight: the tensor base_model.model.${layer}.lora_B.weight is missing`,
    ],
    [
      'another width',
      { ...matrices(layer), [`${layer}.lora_A.weight`]: [2, 12] },
      `expected base_model.model.${layer}.lora_A.weight of shape [2,16], got [2,12]; the adapter is for another model`,
    ],
    ['rank 0', matrices(layer, 0), 'lora_A.weight of shape [rank, in], got [0,16]'],
    [
      'nothing',
      {},
      'adapter_model.safetensors: the file has no tensors; train the adapter and save it anew',
    ],
  ])('is refused by its tensors: %s', async (_, weights, message) => {
    await expect(read({}, weights)).rejects.toThrow(message);
  });

  it('is not read from a file that can hold code', async () => {
    const folder = fileFolder({ 'adapter_config.json': '{}', 'adapter_model.bin': '' });
    await expect(readPeftAdapter(folder, await baseOf('llama'))).rejects.toThrow(
      "FOLDER: expected adapter_model.safetensors, got adapter_model.bin, which can hold code and is not read: save it anew with PEFT's save_pretrained",
    );
  });

  it('closes its files', async () => {
    const folder = fileFolder(filesOf('gpt2'));
    const base = await baseOf('llama');
    await expect(readPeftAdapter(folder, base)).rejects.toThrow('transformer.h.0.attn.c_attn');
    expect(folder.openFiles()).toBe(0);
    base.dispose();
  });
});
