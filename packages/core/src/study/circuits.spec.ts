import type * as tfTypes from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { readJson, readTensors } from '../../test/read-fixture.js';
import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import type { ModelConfig } from '../config/model-config.js';
import { emptyModel, type Model } from '../model/model.js';
import { ablation, editedLogits, type ModelPart, recordSites } from './edited-pass.js';
import { attributeLogit } from './logit-attribution.js';
import { patchPrompt, type PatchingEffects } from './patching.js';

interface Expected {
  readonly ablations: readonly (ModelPart & {
    readonly by: 'zero' | 'mean';
    readonly logits: readonly number[];
  })[];
  readonly patching: PatchingEffects;
  readonly attributions: readonly {
    readonly other: number | null;
    readonly logit: number;
    readonly embedding: number;
    readonly mlps: readonly number[];
    readonly heads: readonly (readonly number[])[];
  }[];
}

interface Circuits {
  readonly prompts: {
    readonly clean: number[];
    readonly corrupted: number[];
    readonly answer: number;
    readonly other: number;
  };
  readonly gpt2: Expected;
  readonly llama: Expected;
}

const circuits = readJson('circuits/circuits.json') as Circuits;
const { prompts } = circuits;
const clean = { tokens: prompts.clean };
const SIZES = { vocabSize: 50, contextLength: 24, nLayer: 2, nEmbd: 16 };
const LLAMA: Partial<ModelConfig> = {
  ...{ positions: 'rotary', norm: 'rms', mlp: 'swiglu', mlpDim: 24, bias: 'none' },
  ...{ nHead: 4, nKvHead: 2, tiedHead: false, normEps: 1e-6 },
};

/** A model with the weights that TransformerLens had. */
function modelOf(name: 'gpt2' | 'llama', config: Partial<ModelConfig>): Model {
  const model = emptyModel({ ...SIZES, ...config });
  const tensors = readTensors(`circuits/${name}.safetensors`);
  for (const { name: parameter } of model.parameters.specs) {
    model.parameters.write(parameter, tensors[parameter].values);
  }
  return model;
}

describe.each<['gpt2' | 'llama', Partial<ModelConfig>]>([
  ['gpt2', { nHead: 2 }],
  ['llama', LLAMA],
])('with the numbers of TransformerLens, %s:', (name, config) => {
  const model = modelOf(name, config);
  const expected = circuits[name];

  it('ablates heads, attention and MLPs', () => {
    for (const { layer, part, by, logits } of expected.ablations) {
      const edit = ablation(model, [{ layer, part }], by);
      const got = editedLogits(model, clean, edit, { isLastOnly: true });
      expect(got).toBeAllClose(logits, { atol: 1e-4 });
    }
  });

  it('patches activations of another prompt', () => {
    const patching = patchPrompt(model, clean, { tokens: prompts.corrupted }, prompts);
    const progress = [];
    let step = patching.next();
    for (; step.done !== true; step = patching.next()) progress.push(step.value.done);
    const { difference, ...effects } = step.value;
    expect(progress).toHaveLength(2);
    expect(difference.clean).toBeCloseTo(expected.patching.difference.clean, 4);
    expect(difference.corrupted).toBeCloseTo(expected.patching.difference.corrupted, 4);
    for (const kind of ['stream', 'attention', 'mlp', 'heads'] as const) {
      for (const [layer, row] of effects[kind].entries()) {
        expect(row).toBeAllClose(expected.patching[kind][layer], { atol: 1e-4 });
      }
    }
  });

  it('attributes a logit, or the difference of two, to parts', () => {
    for (const { other, logit, embedding, mlps, heads } of expected.attributions) {
      const parts = attributeLogit(model, clean, prompts.answer, other ?? undefined);
      expect(parts.logit).toBeCloseTo(logit, 4);
      expect(parts.embedding).toBeCloseTo(embedding, 4);
      expect(parts.mlps).toBeAllClose(mlps, { atol: 1e-4 });
      for (const [layer, row] of heads.entries()) {
        expect(parts.heads[layer]).toBeAllClose(row, { atol: 1e-4 });
      }
      const sum = [
        parts.embedding,
        parts.rest,
        ...parts.mlps,
        ...parts.heads.flatMap((x) => [...x]),
      ];
      expect(sum.reduce((a, b) => a + b, 0)).toBeCloseTo(parts.logit, 4);
      if (name === 'llama') expect(parts.rest).toBeCloseTo(0, 4); // no biases
    }
  });
});

describe('a pass that is edited', () => {
  const model = tinyGpt2();
  const prompt = { tokens: [5, 1, 9, 2] };
  const unchanged = (value: tfTypes.Tensor2D) => value;

  it('has the logits of the model without a change, from any layer on', () => {
    const whole = editedLogits(model, prompt, unchanged);
    const sites = recordSites(model, prompt);
    expect(whole.slice(-model.config.vocabSize)).toBeAllClose(sites.logits, { atol: 1e-6 });
    for (let layer = 0; layer <= model.config.nLayer; layer++) {
      const from = { layer, stream: sites.at('stream', layer) };
      expect(editedLogits(model, prompt, unchanged, { from })).toBeAllClose(whole, { atol: 1e-5 });
    }
  });

  it('frees every tensor', () => {
    editedLogits(model, prompt, unchanged);
    const before = tf.memory().numTensors;
    editedLogits(model, prompt, ablation(model, [{ layer: 0, part: { head: 1 } }], 'mean'));
    attributeLogit(model, prompt, 3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each<[ModelPart, string]>([
    [{ layer: 9, part: 'mlp' }, 'layer: expected an integer from 0 to'],
    [{ layer: 0, part: { head: 9 } }, 'head: expected an integer from 0 to'],
  ])('refuses %j', (part, message) => {
    expect(() => ablation(model, [part], 'zero')).toThrow(message);
  });
});

describe('what cannot be measured', () => {
  const model = modelOf('gpt2', { nHead: 2 });
  const patch = (tokens: number[], options: { answer: number; other: number } = prompts) =>
    patchPrompt(model, clean, { tokens }, options).next();

  it('is refused with the reason', () => {
    expect(() => patch([1, 2])).toThrow(
      'clean: expected 2 tokens, as many as the corrupted prompt has, got 8',
    );
    expect(() => patch(prompts.clean)).toThrow(
      'corrupted: expected a prompt that changes the logit difference',
    );
    expect(() => patch(prompts.corrupted, { answer: 50, other: 1 })).toThrow('answer: expected');
    const after = emptyModel({ ...SIZES, nHead: 2, normPlace: 'around' });
    expect(() => attributeLogit(after, clean, 1)).toThrow(
      'normPlace: expected before, got around; a norm after a branch rescales what the branch adds',
    );
    expect(() => attributeLogit(model, clean, 1, 99)).toThrow('other: expected');
  });
});
