import { packExamples, train, trainingConfig } from '@ramble/core';
import { forward, logitsOf } from '@ramble/core/model';
import { fixturesIn } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { fileFolder } from '../../test/file-folder.js';
import { tinyRun } from '../../test/tiny-run.js';
import { loadModel } from '../weights/load-model.js';
import { huggingFaceModel, openHuggingFace } from './hugging-face-files.js';

// A random model of the reference code in PyTorch; fixtures/aria/make.py.
const fixtures = fixturesIn(new URL('../../fixtures/aria/', import.meta.url));
const golden = fixtures.readJson('golden.json') as {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tokens: readonly (readonly (readonly number[])[])[];
  readonly logits: readonly number[];
  readonly adamw: {
    readonly lr: number;
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly weightDecay2D: number;
    readonly clipNorm: number;
    readonly losses: readonly number[];
  };
};

const open = (changes: object = {}) =>
  openHuggingFace(
    fileFolder({
      'config.json': JSON.stringify({ ...golden.config, ...changes }),
      'model.safetensors': fixtures.readBytes('model.safetensors'),
    }),
  );

describe('a model of Aria', () => {
  it('has the logits of the reference', async () => {
    const { config, weights } = await open();
    const model = await loadModel(weights, config);
    const logits = tf.tidy(() => {
      const parameters = model.parameters.tensors();
      const tokens = Int32Array.from(golden.tokens[0][0].slice(0, -1));
      const hidden = forward(model.decoder, parameters, { tokens, batchSize: 1 });
      return logitsOf(config, parameters, hidden).dataSync().slice(-config.vocabSize);
    });
    expect(logits).toBeAllClose(golden.logits, { atol: 1e-5, rtol: 0 });
    model.dispose();
  });

  it('has the losses of the reference for ten steps of AdamW', async () => {
    const { config: shape, weights } = await open();
    const model = await loadModel(weights, shape);
    const { lr: learningRate, betas, eps, weightDecay2D, clipNorm, losses } = golden.adamw;
    const config = trainingConfig({
      ...{ maxSteps: losses.length, learningRate, schedule: 'constant', warmupSteps: 0 },
      ...{ beta1: betas[0], beta2: betas[1], eps, weightDecay: weightDecay2D, gradClip: clipNorm },
      dropout: 0,
    });
    const packed = golden.tokens.map((rows) =>
      packExamples(
        rows.map((tokens) => ({ tokens, lossWeights: tokens.map(() => 1) })),
        shape.contextLength,
      ),
    );
    const batches = { batch: (index: number) => Promise.resolve(packed[index]) };
    const own: number[] = [];
    for await (const report of train({ model, config, batches, clock: { now: () => 0 } })) {
      if (report.kind === 'step') own.push(report.loss);
    }
    model.dispose();
    expect(own).toBeAllClose(losses, { atol: 1e-4, rtol: 0 });
  });

  it('is not exported, because transformers has no such class', async () => {
    const { config, weights } = await open();
    const run = { model: config, training: tinyRun.training };
    expect(() => huggingFaceModel(run, weights)).toThrow(/cannot be exported$/);
  });

  it.each([
    [{ hidden_size: undefined }, 'hidden_size: expected an integer of at least 1 and'],
    [{ num_attention_heads: 3 }, 'hidden_size: expected a multiple of 3, got 16'],
    [{ intermediate_size: 24 }, 'intermediate_size: expected a multiple of 16, got 24'],
    [{ tie_word_embeddings: true }, 'tie_word_embeddings: expected false, got true'],
    [{ num_hidden_layers: 3 }, 'model.encode_layers.2'],
  ])('refuses %p', async (changes, message) => {
    await expect(open(changes)).rejects.toThrow(message);
  });
});
