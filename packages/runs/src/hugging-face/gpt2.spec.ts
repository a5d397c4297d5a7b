import { MODEL_PRESETS, modelConfig } from '@ramble/core';
import { type JsonObject, memoryBytes } from '@ramble/core/files';
import { forward, logitsOf, parameterSpecs } from '@ramble/core/model';
import { gpt2Fixtures } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { openSafetensors, type Safetensors } from '../safetensors/open-safetensors.js';
import { type TensorToWrite, writeSafetensors } from '../safetensors/write-safetensors.js';
import { fromGpt2Config, fromGpt2Name, loadGpt2, toGpt2Config, toGpt2Name } from './gpt2.js';

// The config.json of a tiny GPT-2 of Hugging Face.
const tiny = gpt2Fixtures.readJson('config.json') as JsonObject;

describe('fromGpt2Config', () => {
  it('reads the files of Hugging Face', () => {
    expect(fromGpt2Config(tiny)).toEqual(
      modelConfig({ vocabSize: 31, contextLength: 16, nEmbd: 12, nLayer: 2, nHead: 3 }),
    );
  });

  it('keeps an MLP of another width and another epsilon', () => {
    const config = fromGpt2Config({ ...tiny, n_inner: 10, layer_norm_epsilon: 1e-6 });
    expect(config).toMatchObject({ mlpDim: 10, normEps: 1e-6 });
    expect(fromGpt2Config({ ...tiny, n_inner: null }).mlpDim).toBe(48);
  });

  it('reads the context length under its old name', () => {
    expect(fromGpt2Config({ ...tiny, n_positions: undefined, n_ctx: 9 }).contextLength).toBe(9);
  });

  it('takes both names of the tanh GELU, and no other activation', () => {
    const activated = (name: string): JsonObject => ({ ...tiny, activation_function: name });
    expect(fromGpt2Config(activated('gelu_pytorch_tanh'))).toEqual(fromGpt2Config(tiny));
    for (const name of ['gelu', 'relu']) {
      expect(() => fromGpt2Config(activated(name))).toThrow(
        new RangeError(
          `activation_function: expected gelu_new or gelu_pytorch_tanh, got "${name}"`,
        ),
      );
    }
  });

  it.each([
    [{ model_type: 'llama' }, 'model_type: expected gpt2, got "llama"'],
    [
      { n_embd: undefined },
      'n_embd: expected an integer of at least 1 and at most 1048576, got nothing',
    ],
    [{ n_head: 5 }, 'n_head: expected a divisor of n_embd (12), got 5'],
    [
      { n_layer: 2 ** 31 },
      'n_layer: expected an integer of at least 1 and at most 10000, got 2147483648',
    ],
    [
      { n_layer: 1e300 },
      'n_layer: expected an integer of at least 1 and at most 10000, got 1e+300',
    ],
    [{ tie_word_embeddings: 'no' }, 'tie_word_embeddings: expected true or false, got "no"'],
    [{ scale_attn_weights: false }, 'scale_attn_weights: expected true, got false'],
    [
      { scale_attn_by_inverse_layer_idx: 1 },
      'scale_attn_by_inverse_layer_idx: expected true or false, got 1',
    ],
    [{ add_cross_attention: true }, 'add_cross_attention: expected false, got true'],
  ])('refuses %j', (changes, message) => {
    const isWhole = new RegExp(`^${message.replace(/[()+]/g, '\\$&')}$`);
    expect(() => fromGpt2Config({ ...tiny, ...changes })).toThrow(isWhole);
  });
});

describe('toGpt2Config', () => {
  it.each(Object.entries(MODEL_PRESETS))('writes what is read back as %s', (_, preset) => {
    const config = modelConfig({ ...preset, vocabSize: 50257 });
    expect(fromGpt2Config(toGpt2Config(config, 0.1))).toEqual(config);
  });

  it('keeps an MLP of another width', () => {
    const config = modelConfig({ vocabSize: 7, mlpDim: 10, normEps: 1e-6 });
    expect(toGpt2Config(config, 0.1)).toMatchObject({ n_inner: 10, attn_pdrop: 0.1 });
    expect(fromGpt2Config(toGpt2Config(config, 0.1))).toEqual(config);
  });

  it('keeps a separate output projection', () => {
    const config = modelConfig({ vocabSize: 7, tiedHead: false });
    expect(toGpt2Config(config, 0.1)).toMatchObject({ tie_word_embeddings: false });
    expect(fromGpt2Config(toGpt2Config(config, 0.1))).toEqual(config);
  });

  it('refuses positions at every layer, which GPT-2 does not have', () => {
    const config = modelConfig({ vocabSize: 7, positions: 'every-layer' });
    expect(() => toGpt2Config(config, 0)).toThrow(
      new RangeError(
        "positions: expected input, as in Hugging Face's GPT-2, got every-layer; Hugging Face has no model with all settings of this one, so it cannot be exported",
      ),
    );
  });

  it.each(['prefix', 'alibi'] as const)(
    'refuses %s attention, which GPT-2 does not have',
    (attention) => {
      const config = modelConfig({ vocabSize: 7, attention });
      expect(() => toGpt2Config(config, 0.1)).toThrow(
        new RangeError(
          `attention: expected causal, as in Hugging Face's GPT-2, got ${attention}; Hugging Face has no model with all settings of this one, so it cannot be exported`,
        ),
      );
    },
  );
});

describe('toGpt2Name', () => {
  it('names every parameter of GPT-2, each differently, and back', () => {
    const names = parameterSpecs(modelConfig({ ...MODEL_PRESETS.gpt2, vocabSize: 50257 })).map(
      ({ name }) => name,
    );
    const theirs = names.map(toGpt2Name);
    expect(new Set(theirs).size).toBe(names.length);
    expect(theirs.map(fromGpt2Name)).toEqual(names);
    expect(toGpt2Name('blocks.11.attention.proj.bias')).toBe('transformer.h.11.attn.c_proj.bias');
  });

  it('refuses a parameter that GPT-2 does not have', () => {
    expect(() => toGpt2Name('blocks.0.attention.distance')).toThrow(
      new RangeError(
        'blocks.0.attention.distance: expected a parameter of GPT-2, got one that it lacks',
      ),
    );
  });
});

describe('fromGpt2Name', () => {
  it('reads names with and without the prefix', () => {
    expect(fromGpt2Name('transformer.h.3.ln_2.weight')).toBe('blocks.3.norm2.gain');
    expect(fromGpt2Name('h.3.ln_2.bias')).toBe('blocks.3.norm2.bias');
    expect(fromGpt2Name('wpe.weight')).toBe('positionEmbedding.weight');
  });

  it('returns undefined for other names', () => {
    for (const name of ['h.0.attn.bias', 'score.weight', 'blocks.0.norm1.gain']) {
      expect(fromGpt2Name(name)).toBeUndefined();
    }
  });
});

// A tiny random GPT-2 of Hugging Face; fixtures/gpt2.
const config = modelConfig({
  vocabSize: 31,
  contextLength: 16,
  nEmbd: 12,
  nLayer: 2,
  nHead: 3,
});
const open = (file: string): Promise<Safetensors> => {
  return openSafetensors(memoryBytes(file, gpt2Fixtures.readBytes(file)));
};

/** The model file with tensors added or replaced. */
async function changed(...others: TensorToWrite[]): Promise<Safetensors> {
  const tensors = new Map<string, TensorToWrite>(
    Object.entries(gpt2Fixtures.readTensors('model.safetensors')).map(
      ([name, { shape, values }]) => [name, { name, shape, values: () => values }],
    ),
  );
  for (const other of others) tensors.set(other.name, other);
  const pieces: Buffer[] = [];
  const write = (bytes: Uint8Array): Promise<void> => {
    pieces.push(Buffer.from(bytes));
    return Promise.resolve();
  };
  await writeSafetensors({ write }, [...tensors.values()]);
  return openSafetensors(memoryBytes('model.safetensors', Uint8Array.from(Buffer.concat(pieces))));
}
const wte = gpt2Fixtures.readTensors('model.safetensors')['transformer.wte.weight'];

describe('loadGpt2', () => {
  it.each(['model.safetensors', 'model-hub-layout.safetensors'])(
    "gives the logits of Hugging Face's GPT-2 from %s",
    async (file) => {
      const model = await loadGpt2(await open(file), config);
      const { inputIds } = gpt2Fixtures.readJson('golden.json') as { inputIds: number[][] };
      const tokens = Int32Array.from(inputIds.flat());
      const logits = tf.tidy(() => {
        const parameters = model.parameters.tensors();
        const hidden = forward(model.decoder, parameters, { tokens, batchSize: inputIds.length });
        return logitsOf(config, parameters, hidden).dataSync();
      });
      const { values } = gpt2Fixtures.readTensors('activations.safetensors')['logits'];
      expect(logits).toBeAllClose(values, { atol: 1e-4, rtol: 0 });
      model.dispose();
    },
  );

  it('accepts a tied output projection that is a copy of the token embedding, and no other', async () => {
    const head = { name: 'lm_head.weight', shape: wte.shape, values: () => wte.values };
    const model = await loadGpt2(await changed(head), config);
    expect(model.parameters.read('tokenEmbedding.weight')).toEqual(wte.values);
    const other = { ...head, values: () => wte.values.map((value, i) => (i === 5 ? 0 : value)) };
    await expect(loadGpt2(await changed(other), config)).rejects.toThrow(
      new RangeError(
        'model.safetensors: expected lm_head.weight equal to the token embedding (tie_word_embeddings), got other values',
      ),
    );
  });

  it('reads a separate output projection if the config has one', async () => {
    const values = wte.values.map((value) => 2 * value);
    const head = { name: 'lm_head.weight', shape: wte.shape, values: () => values };
    const file = await changed(head);
    const [tied, own] = [
      await loadGpt2(await open('model.safetensors'), config),
      await loadGpt2(file, { ...config, tiedHead: false }),
    ];
    const [once, twice] = [tied, own].map((model) =>
      tf.tidy(() => {
        const parameters = model.parameters.tensors();
        const hidden = forward(model.decoder, parameters, {
          tokens: Int32Array.of(3, 5),
          batchSize: 1,
        });
        return logitsOf(model.config, parameters, hidden).dataSync();
      }),
    );
    expect(twice).toBeAllClose(Float32Array.from(once, (logit) => 2 * logit));
    tied.dispose();
    own.dispose();
  });

  it("names a tensor as the file does when it is of another shape or not GPT-2's", async () => {
    const zeros = (name: string, ...shape: number[]): TensorToWrite => ({
      name,
      shape,
      values: () => new Float32Array(shape.reduce((size, length) => size * length)),
    });
    const shaped = await changed(zeros('transformer.h.1.attn.c_attn.weight', 36, 12));
    await expect(loadGpt2(shaped, config)).rejects.toThrow(
      new RangeError(
        'model.safetensors: expected transformer.h.1.attn.c_attn.weight of shape [12,36], got [36,12]',
      ),
    );
    await expect(loadGpt2(await changed(zeros('score.weight', 2, 12)), config)).rejects.toThrow(
      new RangeError('model.safetensors: expected no tensor score.weight, got one'),
    );
    await expect(loadGpt2(await changed(zeros('ln_f.bias', 12)), config)).rejects.toThrow(
      new RangeError('model.safetensors: expected transformer.ln_f.bias or ln_f.bias, got both'),
    );
  });
});
