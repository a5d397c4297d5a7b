import { createModel, type Model, registerEngine } from '@ramble/core';
import { memoryBytes } from '@ramble/core/files';
import { adaptModel, createKvCache } from '@ramble/core/model';
import { FORMATS, inputsOf } from '@ramble/core/weights';

import { openSafetensors, type Safetensors } from '../safetensors/open-safetensors.js';
import { type TensorToWrite, writeSafetensors } from '../safetensors/write-safetensors.js';

import * as tf from '@tensorflow/tfjs-core';

import { tinyConfig, tinyModel, tinyRun } from '../../test/tiny-run.js';
import { importRun } from '../run/open-run.js';
import { memoryStorage } from '../storage/run-storage.js';
import { loadModel, modelFile, readAdapters } from './load-model.js';

const parameters = (): TensorToWrite[] => {
  const store = tinyModel().parameters;
  return store.specs.map(({ name, shape }) => ({ name, shape, values: () => store.read(name) }));
};

async function fileOf(tensors: readonly TensorToWrite[], dtype?: 'F16'): Promise<Safetensors> {
  const pieces: Buffer[] = [];
  const write = (bytes: Uint8Array): Promise<void> => {
    pieces.push(Buffer.from(bytes));
    return Promise.resolve();
  };
  await writeSafetensors({ write }, tensors, { dtype });
  return openSafetensors(memoryBytes('model.safetensors', Uint8Array.from(Buffer.concat(pieces))));
}

describe('readAdapters', () => {
  it('refuses numbers that would reach other rows of a batch', async () => {
    const settings = { loraRank: 2, loraAlpha: 2, loraTargets: 'o', loraDropout: 0 } as const;
    const model = adaptModel(tinyModel(), settings, 1);
    const { specs } = model.parameters;
    const tensors = specs.map(({ name, shape }) => {
      return { name, shape, values: () => model.parameters.read(name) };
    });
    await readAdapters(await fileOf(tensors), model);
    const broken = model.parameters.read(specs[1].name);
    broken[3] = NaN;
    const file = await fileOf([tensors[0], { ...tensors[1], values: () => broken }, ...tensors.slice(2)]); // prettier-ignore
    await expect(readAdapters(file, model)).rejects.toEqual(
      new RangeError(
        'model.safetensors: expected finite numbers in blocks.0.attention.proj.lora.up.weight, got NaN at 3',
      ),
    );
  });
});

describe('loadModel', () => {
  it('refuses unknown formats', async () => {
    const file = await fileOf(parameters());
    const load = (options: object): Promise<unknown> => loadModel(file, tinyConfig, options);
    await expect(load({ weights: 'int4' })).rejects.toEqual(
      new RangeError('weights: expected f32, f16, int8, q4, q8 or as stored, got "int4"'),
    );
    await expect(load({ activations: 'int4' })).rejects.toEqual(
      new RangeError('activations: expected f32 or int8, got "int4"'),
    );
  });

  it('loads parameters in any order, of 32 and of 16 bits', async () => {
    const expected = tinyModel().parameters;
    for (const dtype of [undefined, 'F16'] as const) {
      const model = await loadModel(await fileOf(parameters().reverse(), dtype), tinyConfig);
      for (const { name } of expected.specs) {
        const tolerance = dtype ? { rtol: 2 ** -11, atol: 2 ** -24 } : { rtol: 0, atol: 0 };
        expect(model.parameters.read(name)).toBeAllClose(expected.read(name), tolerance);
      }
    }
  });

  it.each([
    ['f16', 2 ** -11],
    ['int8', 1 / 127],
    ['q4', 1 / 15],
  ] as const)('keeps weights in %s when asked', async (weights, worst) => {
    const expected = tinyModel().parameters;
    const model = await loadModel(await fileOf(parameters()), tinyConfig, { weights });
    for (const { name, shape } of expected.specs) {
      const values = expected.read(name);
      const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      const atol = shape.length > 1 ? worst * largest : 0;
      expect(model.parameters.read(name)).toBeAllClose(values, { rtol: 0, atol });
    }
  });

  describe('with a model that only decodes', () => {
    beforeAll(async () => {
      await tf.setBackend('cpu');
      registerEngine({
        name: 'cpu',
        kernels: {},
        createStepRunner: () => () => undefined,
        decodesFromPanels: true,
      });
    });
    afterAll(() => registerEngine({ name: 'cpu', kernels: {} }));

    it.each(['f32', 'f16', 'int8', 'q4'] as const)(
      'has the numbers of %s in the order of the engine, from a wide file and from a narrow one',
      async (weights) => {
        const storage = memoryStorage('RUN');
        await importRun(storage, tinyRun, await fileOf(parameters()), { weights });
        const narrow = await openSafetensors(
          await storage.open('checkpoints/00000000/model.safetensors'),
        );
        const expected = await loadModel(await fileOf(parameters()), tinyConfig, { weights });
        for (const file of [await fileOf(parameters()), narrow]) {
          const { parameters: kept } = await loadModel(file, tinyConfig, {
            weights: file === narrow ? 'as stored' : weights,
            onlyDecodes: true,
          });
          for (const spec of kept.specs) {
            const kind = kept.stored?.(spec.name).layout.name;
            const isInPanels = weights !== 'q4' && inputsOf(spec) === 'rows';
            expect(kind).toBe(isInPanels ? `${weights}Panels` : FORMATS[weights].formatOf(spec));
            expect(kept.read(spec.name)).toEqual(expected.parameters.read(spec.name));
          }
        }
      },
    );
  });

  it('has a cache of 16 bits with weights of at most 16 bits, or the one that is asked for', async () => {
    const formatOf = async (options: object): Promise<string> => {
      const { decoder } = await loadModel(await fileOf(parameters()), tinyConfig, options);
      return createKvCache(decoder, 1).format.name;
    };
    expect(await formatOf({})).toBe('f32');
    for (const weights of ['f16', 'int8', 'q4']) expect(await formatOf({ weights })).toBe('f16');
    for (const kvCache of ['f32', 'f16', 'int8'] as const) {
      expect(await formatOf({ kvCache })).toBe(kvCache);
      expect(await formatOf({ weights: 'f16', kvCache })).toBe(kvCache);
    }
    await expect(formatOf({ kvCache: 'q4' })).rejects.toThrow(
      new RangeError('kvCache: expected f32, f16 or int8, got "q4"'),
    );
  });

  it('keeps 32 bits in the cache of compressed attention, and refuses others', async () => {
    const model = createModel({ ...tinyConfig, attention: 'compressed' });
    const file = await modelFile(model);
    const load = async (options: object): Promise<Model> => loadModel(file, model.config, options);
    expect((await load({ weights: 'f16' })).decoder.cacheFormat?.name).toBe('f32');
    await expect(load({ kvCache: 'f16' })).rejects.toThrow(
      new RangeError('kvCache: expected f32 with compressed attention, got f16'),
    );
  });

  it('names file and tensor when a number cannot be kept', async () => {
    const [first, ...others] = parameters();
    const huge = { ...first, values: () => new Float32Array(42).fill(1e5) };
    await expect(
      loadModel(await fileOf([huge, ...others]), tinyConfig, { weights: 'f16' }),
    ).rejects.toHaveProperty(
      'message',
      'model.safetensors: tokenEmbedding.weight: expected numbers of at most 65504 for f16, got 100000',
    );
  });

  it('names the tensor that is missing, too many or of another shape', async () => {
    const all = parameters();
    const load = async (tensors: readonly TensorToWrite[]): Promise<unknown> =>
      loadModel(await fileOf(tensors), tinyConfig);
    await expect(load(all.slice(1))).rejects.toThrow(
      new RangeError('model.safetensors: expected a tensor tokenEmbedding.weight, got none'),
    );
    await expect(load([...all, { ...all[0], name: 'lm_head.weight' }])).rejects.toThrow(
      new RangeError('model.safetensors: expected no tensor lm_head.weight, got one'),
    );
    const swapped = all.map((tensor) =>
      tensor.name === 'blocks.0.attention.qkv.weight' ? { ...tensor, shape: [18, 6] } : tensor,
    );
    await expect(load(swapped)).rejects.toThrow(
      new RangeError(
        'model.safetensors: expected blocks.0.attention.qkv.weight of shape [6,18], got [18,6]',
      ),
    );
  });

  it('takes no memory for a model that is larger than its file', async () => {
    const file = await fileOf(parameters());
    await expect(loadModel(file, { ...tinyConfig, nLayer: 1e15 })).rejects.toThrow(
      new RangeError(
        'model.safetensors: expected the tensors of 1000000000000000 layers, got 28 tensors',
      ),
    );
    await expect(loadModel(file, { ...tinyConfig, vocabSize: 1e15 })).rejects.toThrow(
      new RangeError(
        'model.safetensors: expected tokenEmbedding.weight of shape [1000000000000000,6], got [7,6]',
      ),
    );
  });
});
