import {
  createModel,
  generate,
  type GenerateOptions,
  type Model,
  type ModelConfig,
  type TrainingBatch,
} from '@ramble/core';
import type { Feed } from '@ramble/core/engine';
import {
  advance,
  type AttentionPattern,
  copySlot,
  createKvCache,
  modelOf,
} from '@ramble/core/model';
import { softmax } from '@ramble/core/sampling';
import { type FormatName, frozenParameterStore } from '@ramble/core/weights';
import * as tf from '@tensorflow/tfjs-core';

import { assertClose, assertEqual } from '../assert-close.js';
import { onReference } from './check-op.js';
import { lossAndGradients, wholeLogits } from './check-training.js';
import { AFTER_LLAMA, fixedText } from './fixed-inputs.js';

const NEXT = 50;
const V = 29;
/** Number of tokens of each sequence's prompt. */
const PROMPTS = [14, 1, 9];
const PREFIX = 6;

/** Settings of a model, and the format of its weights, which are dequantized for the expected values. */
interface DecodingOptions extends Partial<ModelConfig> {
  readonly weights?: FormatName;
}

/**
 * Checks the probabilities of the next fifty tokens of fixed texts. The texts are decoded with a cache, token by token,
 * in a batch with prompts of different lengths. The expected values are computed from whole texts on tfjs's cpu
 * backend.
 */
export async function checkDecoding(
  attention: AttentionPattern,
  { weights = 'f32', ...settings }: DecodingOptions = {},
): Promise<void> {
  const texts = PROMPTS.map((prompt, i) => fixedText(prompt + NEXT + i, V).slice(i));
  const prefixLengths = PROMPTS.map((prompt) => (prompt > PREFIX ? PREFIX : 0));
  const expected = await onReference(['decoding', attention, weights, settings], () => {
    const model = boldModel(attention, weights, settings);
    const rows = texts.map((text, i) => textLogits(model, text, prefixLengths[i]));
    model.dispose();
    return rows;
  });

  const model = boldModel(attention, weights, settings);
  model.parameters.tensors(); // tensors are counted before and after
  const tensors = tf.memory().numTensors;
  const cache = createKvCache(model.decoder, texts.length);
  for (let n = 0; n < NEXT; n++) {
    const feeds = texts.map((text, slot) => {
      const end = PROMPTS[slot] + n;
      return n === 0
        ? { slot, tokens: text.slice(0, end), prefixLength: prefixLengths[slot] }
        : { slot, tokens: text.slice(end - 1, end) };
    });
    const logits = advance(model, cache, feeds);
    PROMPTS.forEach((prompt, row) => {
      const last = (prompt + n - 1) * V;
      const actual = softmax(logits.subarray(row * V, (row + 1) * V));
      const wanted = softmax(expected[row].subarray(last, last + V));
      assertClose(`token ${n} of text ${row}`, actual, wanted, { atol: 1e-4 });
    });
  }
  assertEqual('tensors left behind', tf.memory().numTensors - tensors, 0);
  model.dispose();
}

/**
 * Checks that sequences in copied cache slots get the probabilities that tfjs's cpu backend computes for each alone.
 */
export async function checkForks(attention: AttentionPattern): Promise<void> {
  const text = fixedText(40, V);
  const texts = [text, [...text.slice(0, 20), 3, 1, 4], [...text.slice(0, 20), 3, 5]];
  const expected = await onReference(['forks', attention], () => {
    const model = boldModel(attention);
    const rows = texts.map((tokens) => softmax(textLogits(model, tokens, 0).slice(-V)));
    model.dispose();
    return rows;
  });
  const model = boldModel(attention);
  const cache = createKvCache(model.decoder, texts.length);
  const read = (slot: number, from: number, end?: number): Feed => {
    return { slot, tokens: texts[slot].slice(from, end) };
  };
  advance(model, cache, [read(0, 0, 20)]);
  copySlot(cache, 0, 1);
  advance(model, cache, [read(0, 20, 39), read(1, 20, 21)]);
  copySlot(cache, 1, 2);
  advance(model, cache, [read(1, 21, 22)]);
  const logits = advance(model, cache, [read(0, 39), read(1, 22), read(2, 21)]);
  for (const [row, wanted] of expected.entries()) {
    const actual = softmax(logits.subarray(row * V, (row + 1) * V));
    assertClose(`text ${row}`, actual, wanted, { atol: 1e-4 });
  }
  model.dispose();
}

/**
 * Checks that speculative decoding by prompt lookup does not change the output, although the model reads several draft
 * tokens at once.
 */
export async function checkPromptLookup(): Promise<void> {
  const model = boldModel('causal');
  const tokens = fixedText(21, V);
  // Biases with which the text repeats a cycle, so that some draft tokens are accepted.
  const round = tokens.slice(0, 4);
  const logitBias = round.map((token, i) => ({ tokens: [token, round[(i + 1) % 4]], bias: 90 }));
  const draw = { method: 'random', temperature: 20, allowedTokens: round } as const;
  for (const settings of [{ method: 'greedy' } as const, draw]) {
    const options = { ...settings, maxNewTokens: 40, logitBias };
    const plain = await write(model, tokens, options);
    const guessed = await write(model, tokens, { ...options, promptLookup: 6 });
    assertEqual(`${settings.method} tokens`, guessed.tokens.join(), plain.tokens.join());
    assertEqual(`${settings.method} draft tokens were accepted`, guessed.accepted > 0, true);
  }
  model.dispose();
}

async function write(
  model: Model,
  prompt: readonly number[],
  options: GenerateOptions,
): Promise<{ readonly tokens: number[]; readonly accepted: number }> {
  const tokens: number[] = [];
  let accepted = 0;
  for await (const event of generate(model, { tokens: prompt }, options)) {
    if (event.kind === 'token') tokens.push(event.token);
    if (event.kind === 'end') accepted = event.lookup?.accepted ?? 0;
  }
  return { tokens, accepted };
}

/** Makes a new model with its weights scaled up, so that it has confident predictions for some tokens. */
function boldModel(
  attention: AttentionPattern,
  weights: FormatName = 'f32',
  settings: Partial<ModelConfig> = {},
): Model {
  const nEmbd = attention === 'transformer-xl' ? 30 : 21; // sinusoids need an even width
  const shape = { vocabSize: V, contextLength: 64, nLayer: 2, nHead: 3, nEmbd, mlpDim: 65 };
  // Distances exceed the table, blocks end within the text, and the window is shorter than it.
  const maxDistance = attention.includes('relative') ? 9 : undefined;
  const localBlock = attention.includes('local') ? 5 : undefined;
  const window = attention.includes('window') ? 11 : undefined;
  const sizes = { maxDistance, localBlock, window };
  const model = createModel({ ...shape, attention, ...sizes, ...settings }, { seed: 4 });
  scaleWeights(model, 12);
  if (weights === 'f32') return model;
  const parameters = frozenParameterStore(model.parameters.specs, weights);
  for (const { name } of parameters.specs) parameters.write(name, model.parameters.read(name));
  model.dispose();
  return modelOf(model.config, parameters);
}

/** Returns the logits after every position of a text, `[T, V]`. */
function textLogits(model: Model, text: readonly number[], prefixLength: number): Float32Array {
  const tokens = Int32Array.from(text);
  return wholeLogits(model, { tokens, batchSize: 1, prefixLengths: Int32Array.of(prefixLength) });
}

/** Multiplies all weights of a model by a factor, but no biases or gains. */
function scaleWeights({ parameters }: Model, factor: number): void {
  for (const { name } of parameters.specs) {
    if (!name.endsWith('.weight')) continue;
    const values = parameters.read(name);
    parameters.write(name, values.map((value) => factor * value)); // prettier-ignore
  }
}

const B = 2;
const T = 23;

/**
 * Settings with window layers: as in Gemma 3, with a separate rotary base for them; as in Mistral; without positions.
 */
export const WINDOW_LAYERS: readonly Partial<ModelConfig>[] = [
  { attention: 'window,window,causal', nLayer: 5, positions: 'rotary', ropeWindowTheta: 500 },
  { attention: 'window', nLayer: 3, positions: 'rotary', window: 4 },
  { attention: 'causal,window', nLayer: 4, positions: 'rotary,rotary,none', window: T + 1 },
];

/**
 * Checks a model of `WINDOW_LAYERS`: its loss and the gradient of every parameter must equal the results on tfjs's
 * cpu backend.
 */
export async function checkWindowLayers(layers: Partial<ModelConfig>): Promise<void> {
  const actual = gradientsOf(layers);
  const expected = await onReference(['window layers', layers], () => gradientsOf(layers));
  assertClose('loss', [actual.loss], [expected.loss], { atol: 1e-4 });
  for (const [name, gradient] of expected.gradients) {
    const close = { atol: 1e-4, rtol: 1e-3 };
    assertClose(name, actual.gradients.get(name) ?? [], gradient, close);
  }
}

function gradientsOf(layers: Partial<ModelConfig>): {
  loss: number;
  gradients: ReadonlyMap<string, Float32Array>;
} {
  const shape = { vocabSize: V, contextLength: T, nEmbd: 21, mlpDim: 33 };
  const model = createModel({ ...AFTER_LLAMA, ...shape, ...layers }, { seed: 9 });
  // Deviations are larger than a new model's, so that no layer's part is lost in rounding.
  scaleWeights(model, 5);
  const text = fixedText(B * T + 1, V);
  const batch: TrainingBatch = {
    batchSize: B,
    tokens: Int32Array.from(text.slice(0, B * T)),
    targets: Int32Array.from(text.slice(1)),
    weights: Float32Array.from({ length: B * T }, (_, i) => (i % 7 === 3 ? 0 : 1)),
  };
  const { loss, gradients } = lossAndGradients(model, batch);
  const read = Object.entries(gradients).map(
    ([name, gradient]) => [name, gradient.dataSync<'float32'>().slice()] as const,
  );
  tf.dispose(gradients);
  model.dispose();
  return { loss, gradients: new Map(read) };
}
