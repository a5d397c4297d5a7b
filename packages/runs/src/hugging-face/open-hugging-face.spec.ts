import { gpt2Fixtures } from '@ramble/node/testing';

import { importRun } from '../run/import-run.js';
import { memoryStorage } from '../storage/memory-storage.js';
import { convertTensor } from '../safetensors/write-safetensors.js';
import { tinyRun } from '../../test/imported-run.js';

import { fileFolder, safetensorsBytes } from '../../test/file-folder.js';
import { toGpt2Name } from './gpt2.js';
import { type HuggingFaceModel, openHuggingFace } from './hugging-face-files.js';

const fixture = gpt2Fixtures.readBytes;
let gpt2: HuggingFaceModel;
beforeAll(async () => {
  gpt2 = await openHuggingFace(
    fileFolder({
      'config.json': fixture('config.json'),
      'model.safetensors': fixture('model.safetensors'),
    }),
  );
});

describe('openHuggingFace', () => {
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
      'FOLDER/config.json: model_type: expected one of gpt2, llama, mistral, qwen2, qwen3, smollm3, gemma, gemma2, gemma3_text, phi3, olmo2, olmo3, got "bert"',
    );
  });
});
