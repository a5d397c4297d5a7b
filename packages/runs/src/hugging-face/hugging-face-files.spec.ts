import { evaluateLoss, modelConfig } from '@ramble/core';
import { memoryBytes } from '@ramble/core/files';
import { forward, logitsOf, parameterSpecs } from '@ramble/core/model';
import { golden, gpt2Fixtures, tinyGpt2Values } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { loadModel } from '../weights/load-model.js';
import { narrowTensors } from '../weights/stored-tensors.js';
import { bytesOf } from '../safetensors/float-codecs.js';
import { openSafetensors } from '../safetensors/open-safetensors.js';
import { tinyRun } from '../../test/tiny-run.js';
import { fileFolder, safetensorsBytes } from '../../test/file-folder.js';
import { importRun } from '../run/open-run.js';
import { memoryStorage } from '../storage/run-storage.js';
import { convertTensor } from '../safetensors/write-safetensors.js';
import { loadRun } from '../run/load-run.js';
import { resumeRun } from '../run/save-and-resume.js';
import { huggingFaceFiles, type HuggingFaceModel, openHuggingFace } from './hugging-face-files.js';
import { toGpt2Name } from './gpt2.js';

const fixture = gpt2Fixtures.readBytes;
let gpt2: HuggingFaceModel;

/** The bytes of every file. */
async function written(
  files: ReturnType<typeof huggingFaceFiles>,
): Promise<Record<string, Uint8Array>> {
  const all: Record<string, Uint8Array> = {};
  for (const [name, write] of Object.entries(files)) {
    const pieces: Buffer[] = [];
    await write({
      write: (bytes) => {
        pieces.push(Buffer.from(bytes));
        return Promise.resolve();
      },
    });
    all[name] = Uint8Array.from(Buffer.concat(pieces));
  }
  return all;
}
const run = () => ({ model: gpt2.config, training: tinyRun.training });

/** The model's logits after the first sequence of golden.json. */
async function lastLogits({ config, weights }: HuggingFaceModel): Promise<Float32Array> {
  const model = await loadModel(weights, config);
  const { inputIds } = gpt2Fixtures.readJson('golden.json') as { inputIds: number[][] };
  const logits = tf.tidy(() => {
    const parameters = model.parameters.tensors();
    const tokens = Int32Array.from(inputIds[0]);
    const hidden = forward(model.decoder, parameters, { tokens, batchSize: 1 });
    return logitsOf(config, parameters, hidden).dataSync() as Float32Array;
  });
  model.dispose();
  return logits.slice(-config.vocabSize);
}

// The same weights with scale_attn_by_inverse_layer_idx and reorder_and_upcast_attn in transformers 5.24.
const SCALED_LOGITS = [
  1.647265, -0.62319, 1.153172, 0.823319, 0.661206, -0.186969, 0.745724, -1.40937, -0.728388,
  0.262144, -0.988041, -0.097988, -0.024618, 1.411421, 2.023944, 0.695444, -0.395072, -0.965776,
  -0.349818, -1.552982, 0.509613, 0.569846, -1.48883, -0.596985, -0.641458, 0.409738, 1.721275,
  -2.102612, -3.851369, 1.172843, -0.006447,
];

it('folds a scale of the attention scores by layer into the weights, and exports the same model', async () => {
  const config = {
    ...(gpt2Fixtures.readJson('config.json') as object),
    scale_attn_by_inverse_layer_idx: true,
    reorder_and_upcast_attn: true,
  };
  const scaled = await openHuggingFace(
    fileFolder({
      'config.json': Buffer.from(JSON.stringify(config)),
      'model.safetensors': fixture('model.safetensors'),
    }),
  );
  expect(await lastLogits(scaled)).toBeAllClose(SCALED_LOGITS, { atol: 1e-5, rtol: 0 });
  const description = { model: scaled.config, training: tinyRun.training };
  const files = await written(huggingFaceFiles(description, scaled.weights));
  const exported = await openHuggingFace(fileFolder(files));
  expect(await lastLogits(exported)).toBeAllClose(SCALED_LOGITS, { atol: 1e-5, rtol: 0 });
  const key = 'scale_attn_by_inverse_layer_idx';
  expect(JSON.parse(Buffer.from(files['config.json']).toString())).toHaveProperty(key, false);
});

describe('huggingFaceFiles', () => {
  beforeAll(async () => {
    gpt2 = await openHuggingFace(
      fileFolder({
        'config.json': fixture('config.json'),
        'model.safetensors': fixture('model-hub-layout.safetensors'),
      }),
    );
  });

  it('writes the tensors that Hugging Face wrote, name by name and number by number', async () => {
    const files = await written(huggingFaceFiles(run(), gpt2.weights, { stopTokens: [30] }));
    const opened = await openSafetensors(memoryBytes('file', files['model.safetensors']));
    const expected = gpt2Fixtures.readTensors('model.safetensors');
    expect([...opened.tensors.keys()].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { shape, values }] of Object.entries(expected)) {
      expect(opened.tensors.get(name)?.shape).toEqual(shape);
      expect(await opened.read(name)).toEqual(values);
    }
    expect(opened.metadata.get('format')).toBe('pt');
    expect((await openHuggingFace(fileFolder(files))).config).toEqual(gpt2.config);
    expect(JSON.parse(Buffer.from(files['generation_config.json']).toString())).toEqual({
      bos_token_id: 30,
      eos_token_id: 30,
    });
  });

  it('writes caps as floats, which transformers does not take as integers', async () => {
    const gemma2 = { norm: 'rms', mlp: 'geglu', bias: 'none', normPlace: 'around' } as const;
    const settings = { vocabSize: 31, nLayer: 2, nHead: 1, nEmbd: 4, positions: 'rotary' } as const;
    const caps = { scoreCap: 50, logitCap: 30, embeddingScale: 2 };
    const model = modelConfig({ ...gemma2, ...settings, ...caps });
    const values = parameterSpecs(model).map(({ name, shape }) => ({
      ...{ name, shape, dtype: 'F32' as const },
      bytes: () => [new Uint8Array(4 * shape.reduce((all, each) => all * each, 1))],
    }));
    const file = await openSafetensors(memoryBytes('run', await safetensorsBytes(values)));
    const files = await written(huggingFaceFiles({ model, training: tinyRun.training }, file));
    const config = Buffer.from(files['config.json']).toString();
    expect(config).toContain('"attn_logit_softcapping": 50.0,');
    expect(config).toContain('"final_logit_softcapping": 30.0,');
    expect(config).toContain('"query_pre_attn_scalar": 4,');
    expect((await openHuggingFace(fileFolder(files))).config).toMatchObject(caps);
  });

  it('dequantizes int8, and rounds to 16 bits on request', async () => {
    const specs = parameterSpecs(gpt2.config);
    const narrow = specs.flatMap((spec) => narrowTensors(gpt2.weights, spec, 'int8'));
    const file = await openSafetensors(memoryBytes('run', await safetensorsBytes(narrow)));
    const files = await written(huggingFaceFiles(run(), file, { dtype: 'F16' }));
    const { weights } = await openHuggingFace(fileFolder(files));
    const name = 'tokenEmbedding.weight';
    expect(weights.tensors.get(name)?.dtype).toBe('F16');
    expect(JSON.parse(Buffer.from(files['config.json']).toString())).toMatchObject({
      dtype: 'float16',
    });
    const exact = await gpt2.weights.read(name);
    const largest = exact.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    expect(await weights.read(name)).toBeAllClose(exact, { rtol: 0, atol: largest / 127 });
  });

  it('refuses numbers outside the range of 16 bits', async () => {
    async function* bytes(name: string): AsyncGenerator<Uint8Array> {
      for await (const { length } of gpt2.weights.bytes(name)) {
        yield bytesOf(new Float32Array(length / 4).fill(-7e4));
      }
    }
    const files = huggingFaceFiles(run(), { ...gpt2.weights, bytes }, { dtype: 'F16' });
    await expect(written(files)).rejects.toThrow(
      'FOLDER/model.safetensors: tokenEmbedding.weight: expected numbers of at most 65504 for f16, got -70000',
    );
  });
});

describe('openHuggingFace', () => {
  let gpt2: HuggingFaceModel;
  beforeAll(async () => {
    gpt2 = await openHuggingFace(
      fileFolder({
        'config.json': fixture('config.json'),
        'model.safetensors': fixture('model.safetensors'),
      }),
    );
  });

  it('refuses weights that are no floats, before anything is written', async () => {
    const integers = [...gpt2.weights.tensors.values()].map(({ name, shape }) => {
      const size = shape.reduce((product, length) => product * length, 4);
      return { name, shape, dtype: 'I32' as const, bytes: () => [new Uint8Array(size)] };
    });
    const { weights } = await openHuggingFace(
      fileFolder({
        'config.json': fixture('config.json'),
        'model.safetensors': await safetensorsBytes(integers),
      }),
    );
    await expect(
      importRun(memoryStorage('RUN'), { ...tinyRun, model: gpt2.config }, weights),
    ).rejects.toThrow(
      new TypeError(
        'FOLDER/model.safetensors: expected transformer.wte.weight as F32, F16 or BF16, got I32',
      ),
    );
  });

  it('reads an output projection that is also the token embedding', async () => {
    const all = [...gpt2.weights.tensors.keys()].map((name) => {
      const as = name === 'tokenEmbedding.weight' ? 'lm_head.weight' : name;
      return convertTensor(
        gpt2.weights,
        name,
        'F32',
        as.startsWith('lm_head') ? as : toGpt2Name(as),
      );
    });
    const tied = await openHuggingFace(
      fileFolder({
        'config.json': fixture('config.json'),
        'model.safetensors': await safetensorsBytes(all),
      }),
    );
    const name = 'tokenEmbedding.weight';
    expect(await tied.weights.read(name)).toEqual(await gpt2.weights.read(name));
  });

  it('names the file and the field of a config.json of another model', async () => {
    const other = fileFolder({ 'config.json': '{"model_type":"bert"}' });
    await expect(openHuggingFace(other)).rejects.toHaveProperty(
      'message',
      'FOLDER/config.json: model_type: expected one of gpt2, aria, llama, mistral, qwen2, qwen3, smollm3, gemma, gemma2, gemma3_text, phi3, olmo2, olmo3, got "bert"',
    );
  });
});

describe('importRun', () => {
  let gpt2: HuggingFaceModel;
  beforeAll(async () => {
    gpt2 = await openHuggingFace(
      fileFolder({
        'config.json': fixture('config.json'),
        'model.safetensors': fixture('model-hub-layout.safetensors'),
      }),
    );
  });
  const newRun = () => ({
    ...tinyRun,
    model: gpt2.config,
    data: {},
    engine: 'none',
    origin: { kind: 'import', path: 'FOLDER' } as const,
  });

  it("makes a run of Hugging Face's GPT-2 whose loss is theirs", async () => {
    const storage = memoryStorage('RUN');
    await importRun(storage, newRun(), gpt2.weights);
    const { model, step, description } = await loadRun(storage);
    expect(step).toBe(0);
    expect(description.origin).toEqual({ kind: 'import', path: 'FOLDER' });
    const [tokens, targets] = [golden.inputIds, golden.targets].map((rows) =>
      Int32Array.from(rows.flat()),
    );
    const weights = new Float32Array(tokens.length).fill(1);
    const batch = { tokens, targets, weights, batchSize: golden.inputIds.length };
    async function* batches() {
      yield await Promise.resolve(batch);
    }
    expect((await evaluateLoss(model, batches())).loss).toBeCloseTo(golden.loss, 5);
    model.dispose();
  });

  it.each([
    ['F32', Uint8Array.of(0, 0, 0xc0, 0x7f), NaN],
    ['F32', Uint8Array.of(0, 0, 0x80, 0xff), -Infinity],
    ['F16', Uint8Array.of(0, 0x7e), NaN],
    ['F16', Uint8Array.of(0, 0x7c), Infinity],
    ['BF16', Uint8Array.of(0x80, 0x7f), Infinity],
  ] as const)('refuses weights of %s with an invalid number: %p', async (dtype, bits, value) => {
    const [name, entry] = [...gpt2.weights.tensors][0];
    const size = entry.shape.reduce((all, each) => all * each, 1);
    const broken: typeof gpt2.weights = {
      ...gpt2.weights,
      tensors: new Map([...gpt2.weights.tensors, [name, { ...entry, dtype }]]),
      async *bytes(tensor) {
        if (tensor !== name) return yield* gpt2.weights.bytes(tensor);
        const bytes = new Uint8Array(size * bits.length);
        bytes.set(bits, 3 * bits.length);
        yield await Promise.resolve(bytes.subarray(0, 2 * bits.length));
        yield bytes.subarray(2 * bits.length);
      },
    };
    const storage = memoryStorage('RUN');
    await expect(importRun(storage, newRun(), broken)).rejects.toThrow(
      new RangeError(
        `${gpt2.weights.name}: expected finite numbers in ${entry.name}, got ${value} at 3`,
      ),
    );
  });

  it.each([
    ['f32', 4, 0],
    ['f16', 2, 2 ** -11],
    ['int8', 1 + 4 / 12, 0.5 / 127], // a scale a row of 12, or 64
  ] as const)(
    'keeps matrices in %s, and loads them as if narrowed then',
    async (weights, bytes, rtol) => {
      const [storage, wide] = [memoryStorage('RUN'), memoryStorage('WIDE')];
      await importRun(storage, newRun(), gpt2.weights, { weights });
      await importRun(wide, newRun(), gpt2.weights);
      const kept = await loadRun(storage, { weights: 'as stored' });
      const narrowed = await loadRun(wide, { weights });
      const widened = await loadRun(storage);
      let size = 0;
      for (const { name, shape } of parameterSpecs(gpt2.config)) {
        const values = kept.model.parameters.read(name);
        expect(values).toEqual(narrowed.model.parameters.read(name));
        expect(values).toEqual(widened.model.parameters.read(name));
        const wanted = tinyGpt2Values(name);
        const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        expect(values).toBeAllClose(wanted, { rtol: 0, atol: rtol * largest * 1.001 });
        size += wanted.length * (shape.length > 1 ? bytes : 4);
      }
      expect(widened.model.parameters.stored?.('finalNorm.gain')).toBeUndefined();
      const stored = kept.model.parameters.stored?.('tokenEmbedding.weight').layout.name ?? 'f32';
      expect(stored).toBe(weights);
      const { sizeBytes } = await storage.open('checkpoints/00000000/model.safetensors');
      expect(sizeBytes).toBeLessThan(size + 5000); // and the header
      for (const { model } of [kept, narrowed, widened]) model.dispose();
    },
  );

  it('has nothing to resume', async () => {
    const storage = memoryStorage('RUN');
    await importRun(storage, newRun(), gpt2.weights);
    await expect(resumeRun(storage)).rejects.toThrow(
      new Error(
        'RUN: expected a run that was trained, got an imported one. Train a new run from it',
      ),
    );
  });

  it('writes nothing if the weights belong to another model', async () => {
    const storage = memoryStorage('RUN');
    const other = { ...newRun(), model: { ...gpt2.config, nLayer: 3 } };
    await expect(importRun(storage, other, gpt2.weights)).rejects.toThrow(
      'expected a tensor blocks.2.norm1.gain, got none',
    );
    expect(await storage.list('')).toEqual([]);
  });

  it('names file and tensor when a number cannot be kept', async () => {
    const storage = memoryStorage('RUN');
    async function* bytes(name: string): AsyncGenerator<Uint8Array> {
      for await (const piece of gpt2.weights.bytes(name)) yield piece.fill(0xff); // NaN
    }
    const file = { ...gpt2.weights, bytes };
    await expect(importRun(storage, newRun(), file, { weights: 'int8' })).rejects.toThrow(
      'FOLDER/model.safetensors: expected finite numbers in wte.weight, got NaN at 0',
    );
    expect(await storage.list('')).toEqual([]);
  });

  it('leaves no files if the weights cannot be read', async () => {
    const storage = memoryStorage('RUN');
    // eslint-disable-next-line require-yield -- it fails before the first piece
    async function* bytes(): AsyncGenerator<Uint8Array> {
      await Promise.reject(new Error('FOLDER: expected a disk, got none'));
    }
    await expect(importRun(storage, newRun(), { ...gpt2.weights, bytes })).rejects.toThrow(
      'FOLDER: expected a disk, got none',
    );
    expect(await storage.list('')).toEqual([]);
  });
});
