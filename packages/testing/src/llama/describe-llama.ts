import { embedPrompts, generate, type Model, type TrainingBatch } from '@ramble/core';
import type { Engine } from '@ramble/core/engine';
import {
  advance,
  type AttentionInput,
  batchLoss,
  createKvCache,
  forwardOps,
  logitsOf,
  residualStreams,
  wholePass,
} from '@ramble/core/model';
import { type FamilyName, fromLlamaConfig } from '@ramble/runs/hugging-face';
import * as tf from '@tensorflow/tfjs-core';

import { assertClose, assertEqual, globalRunner, type TestRunner } from '../assert-close.js';
import { engineTests } from '../engine/check-op.js';
import { lossAndGradients, wholeLogits } from '../engine/check-training.js';
import { takeOptimizerSteps } from '../engine/check-updates.js';
import {
  EMBEDDED,
  LLAMA_FIXTURES,
  type LlamaFixture,
  llamaFixture,
  type ReadFixture,
} from './llama-fixture.js';

interface LlamaOptions {
  /** Test runner; the globals of jest or vitest by default. */
  readonly runner?: TestRunner;
  /** Whether the tests include ten steps of AdamW, which take most of the time; true by default. */
  readonly steps?: boolean;
}

/**
 * Describes tests that compare an engine with Hugging Face's results for tiny models of the Llama family.
 *
 * @param read - Reads a file of the fixtures.
 */
export function describeLlama(
  engine: Engine,
  read: ReadFixture,
  { runner = globalRunner(), steps = true }: LlamaOptions = {},
): void {
  const onEngine = engineTests(engine, runner);
  runner.describe(`the Llama family on engine ${engine.name}, against transformers`, () => {
    for (const name of LLAMA_FIXTURES) {
      const check = (what: string, body: (fixture: LlamaFixture) => Promise<void>): void => {
        onEngine(`${name}: ${what}`, async () => body(await llamaFixture(read, name)));
      };
      check('config', checkLlamaConfig);
      check('hidden states, attention, logits', checkLlamaForward);
      check('losses and every gradient', checkLlamaGradients);
      // Hugging Face's frequencies depend on the longest pass so far; ramble's depend on the context
      // length.
      if (name === 'llama-dynamic') continue;
      if (steps) check('ten AdamW steps', checkLlamaAdamW);
      check('a cache, and rows of several lengths', checkLlamaCache);
      check('greedy tokens', checkLlamaGreedy);
      if (!EMBEDDED.includes(name)) continue;
      check('embeddings of prompts that differ in length', checkLlamaEmbeddings);
    }
  });
}

/** Checks that a config.json as published on the Hub gives the same settings as one that transformers 5 saved. */
async function checkLlamaConfig(fixture: LlamaFixture): Promise<void> {
  const [today, hub] = [await fixture.json('config.json'), await fixture.json('config-hub.json')];
  const of = (json: Record<string, unknown>): unknown =>
    fromLlamaConfig(json, json.model_type as FamilyName);
  assertEqual('config-hub.json', of(hub), of(today));
}

/** Checks hidden states, attention weights and logits of every position. */
async function checkLlamaForward(fixture: LlamaFixture): Promise<void> {
  const model = await fixture.model();
  const { config, decoder } = model;
  const reference = await fixture.tensors('reference.safetensors');
  const batch = nextTokens(fixture.golden.inputIds);
  const found = new Map<string, Float32Array>();
  tf.tidy(() => {
    const parameters = model.parameters.tensors();
    const pass = wholePass(config, parameters, batch, batch.tokens.length / batch.batchSize);
    const ops = forwardOps(decoder, parameters, batch);
    const keep = (name: string, values: tf.Tensor): void => {
      found.set(name, values.dataSync<'float32'>().slice());
    };
    const watched: typeof ops = {
      ...ops,
      attention: (input, qkv, layer) => {
        const operands: AttentionInput<tf.Tensor2D> = { input, qkv };
        keep(`attention.${layer.index}`, layer.attention.steps(operands, pass).weights);
        return ops.attention(input, qkv, layer);
      },
    };
    const streams = residualStreams(decoder, watched);
    const hidden = ops.norm(streams[config.nLayer], 'finalNorm');
    streams.forEach((stream, i) => keep(`hidden.${i}`, i < config.nLayer ? stream : hidden));
    keep('logits', logitsOf(config, parameters, hidden));
  });
  model.dispose();
  for (const [name, values] of found) {
    const atol = name.startsWith('attention') ? 1e-5 : 1e-4;
    assertClose(name, values, await reference.read(name), { atol });
  }
}

/** Checks embeddings of prompts: the mean of the hidden states, and the last one. */
async function checkLlamaEmbeddings(fixture: LlamaFixture): Promise<void> {
  const { prompts, ...expected } = await fixture.embeddings();
  const model = await fixture.model();
  for (const pooling of ['mean', 'last'] as const) {
    const given = prompts.map((tokens) => ({ tokens }));
    const found = await embedPrompts(model, given, { pooling });
    found.forEach((vector, i) => {
      assertClose(`${pooling} of prompt ${i}`, vector, expected[pooling][i], { atol: 1e-5 });
    });
  }
  model.dispose();
}

/** Checks losses and the gradient of every parameter. */
async function checkLlamaGradients(fixture: LlamaFixture): Promise<void> {
  const { golden } = fixture;
  const model = await fixture.model();
  const batch = nextTokens(golden.inputIds);
  const expected = await fixture.ours('gradients.safetensors', 'gradients');
  const { loss, gradients } = lossAndGradients(model, batch);
  assertClose('loss', [loss], [golden.loss], { atol: 1e-5 });
  const perPosition = tf.tidy(() =>
    batchLoss(model.decoder, model.parameters.tensors(), batch, 1).perPosition.dataSync().slice(),
  );
  const T = golden.inputIds[0].length;
  const counted = Array.from(perPosition).filter((_, i) => i % T < T - 1);
  assertClose('losses of tokens', counted, golden.lossPerToken.flat(), { atol: 1e-4 });
  for (const { name } of model.parameters.specs) {
    const close = { atol: 1e-4, rtol: 1e-3 };
    assertClose(name, gradients[name].dataSync(), await expected.read(name), close);
  }
  tf.dispose(gradients);
  model.dispose();
}

/** Checks the cache, fed one token at a time and in chunks, and with a batch of rows that differ in length. */
async function checkLlamaCache(fixture: LlamaFixture): Promise<void> {
  const { golden, config } = fixture;
  const model = await fixture.model();
  const reference = await fixture.tensors('reference.safetensors');
  const logits = await reference.read('logits');
  const [T, V] = [golden.inputIds[0].length, config.vocabSize];
  for (const chunks of golden.cached.chunks) {
    const cache = createKvCache(model.decoder, golden.inputIds.length);
    let done = 0;
    for (const chunk of chunks) {
      const feeds = golden.inputIds.map((tokens, slot) => {
        return { slot, tokens: tokens.slice(done, done + chunk) };
      });
      const found = advance(model, cache, feeds);
      done += chunk;
      golden.inputIds.forEach((_, row) => {
        const start = (row * T + done - 1) * V;
        const expected = logits.subarray(start, start + V);
        const actual = found.subarray(row * V, (row + 1) * V);
        assertClose(`logits after ${done} tokens`, actual, expected, { atol: 1e-4 });
      });
    }
  }
  await checkRows(fixture, model);
  model.dispose();
}

async function checkRows({ golden, tensors }: LlamaFixture, model: Model): Promise<void> {
  const reference = await tensors('reference.safetensors');
  const { rows } = golden.leftPadded;
  const T = Math.max(...rows.map((row) => row.length));
  const tokens = rows.flatMap((row) => [...row, ...new Array<number>(T - row.length).fill(0)]);
  const lengths = Int32Array.from(rows, (row) => row.length);
  const batch = { tokens: Int32Array.from(tokens), batchSize: rows.length, lengths };
  const V = model.config.vocabSize;
  const found = wholeLogits(model, batch);
  for (const [i, row] of rows.entries()) {
    const actual = found.subarray(i * T * V, (i * T + row.length) * V);
    const expected = await reference.read(`leftPadded.${i}`);
    assertClose(`logits of row ${i}`, actual, expected, { atol: 1e-4 });
  }
}

/** Checks the most likely tokens after three prompts. */
async function checkLlamaGreedy(fixture: LlamaFixture): Promise<void> {
  const { prompts, tokens } = fixture.golden.greedy;
  const model = await fixture.model();
  for (const [i, prompt] of prompts.entries()) {
    const written: number[] = [];
    const options = { temperature: 0, maxNewTokens: tokens[i].length };
    for await (const event of generate(model, { tokens: prompt }, options)) {
      if (event.kind === 'token') written.push(event.token);
    }
    assertEqual(`tokens after prompt ${i}`, written, tokens[i]);
  }
  model.dispose();
}

/** Names of the fixtures with weights after ten steps. */
const HAVE_WEIGHTS_AFTER: readonly string[] = [
  ...['llama', 'llama-llama3', 'llama-biases', 'qwen2', 'qwen3', 'gemma3', 'phi3', 'olmo2'],
];

/** Checks ten AdamW steps: losses, gradient norms and, if the fixture has them, the weights after the steps. */
async function checkLlamaAdamW(fixture: LlamaFixture): Promise<void> {
  const { adamw } = fixture.golden;
  const model = await fixture.model();
  takeOptimizerSteps(model, adamw, adamw.inputs.map(nextTokens));
  const { loss, gradients } = lossAndGradients(model, nextTokens(adamw.inputs[0]));
  tf.dispose(gradients);
  assertClose('loss behind the last step', [loss], [adamw.finalLoss], { atol: 1e-4 });
  if (HAVE_WEIGHTS_AFTER.includes(fixture.name)) {
    const expected = await fixture.ours('after10.safetensors', 'parameters');
    for (const { name } of model.parameters.specs) {
      const values = await expected.read(name);
      assertClose(`${name} after ten steps`, model.parameters.read(name), values, { atol: 5e-4 });
    }
  }
  model.dispose();
}

/** Makes a batch of sequences with the next token as the target. The last token of each has no target. */
function nextTokens(rows: readonly (readonly number[])[]): TrainingBatch {
  return {
    batchSize: rows.length,
    tokens: Int32Array.from(rows.flat()),
    targets: Int32Array.from(rows.flatMap((row) => [...row.slice(1), 0])),
    weights: Float32Array.from(rows.flatMap((row) => row.map((_, i) => +(i < row.length - 1)))),
  };
}
