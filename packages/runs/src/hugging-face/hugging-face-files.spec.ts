import { modelConfig } from '@ramble/core';
import { memoryBytes } from '@ramble/core/files';
import { parameterSpecs } from '@ramble/core/model';
import { gpt2Fixtures } from '@ramble/node/testing';

import { narrowTensors } from '../weights/stored-tensors.js';
import { bytesOf } from '../safetensors/float-codecs.js';
import { openSafetensors } from '../safetensors/open-safetensors.js';
import { tinyRun } from '../../test/imported-run.js';

import { fileFolder, safetensorsBytes } from '../../test/file-folder.js';
import { huggingFaceFiles, type HuggingFaceModel, openHuggingFace } from './hugging-face-files.js';

const fixture = gpt2Fixtures.readBytes;
let gpt2: HuggingFaceModel;
beforeAll(async () => {
  gpt2 = await openHuggingFace(
    fileFolder({
      'config.json': fixture('config.json'),
      'model.safetensors': fixture('model-hub-layout.safetensors'),
    }),
  );
});

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

describe('huggingFaceFiles', () => {
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
