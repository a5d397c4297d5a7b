import { readJson } from '../../test/read-fixture.js';
import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { ARCHITECTURES } from '../config/model-config.js';
import { createModel, emptyModel, type Model } from '../model/model.js';
import {
  ablatePrompt,
  type AblationMatrices,
  finished,
  patchPrompts,
  type PatchMatrices,
} from './circuit-matrices.js';
import { measureCircuits } from './circuits.js';
import { headScores, repeatedHeadScores, repeatedTokens } from './head-scores.js';
import { editablePrompt, meanActivation } from './interventions.js';
import { attributeLogit } from './logit-attribution.js';

/** Numbers of TransformerLens for one model. */
interface Circuits {
  readonly weights: Readonly<Record<string, number[]>>;
  readonly clean: number[];
  readonly corrupted: number[];
  readonly answer: number;
  readonly other: number;
  readonly logits: number[];
  readonly ablations: Readonly<Record<'zero' | 'mean', Omit<AblationMatrices, 'measure'>>>;
  readonly patches: PatchMatrices;
  readonly repeated: number[];
  readonly scores: Readonly<Record<'previous' | 'duplicate' | 'induction', number[][]>>;
  readonly attribution: Readonly<Record<string, number>>;
}

const circuits = readJson('circuits/circuits.json') as Record<'gpt2' | 'llama', Circuits>;

function tinyLlama(): Model {
  const sizes = { vocabSize: 13, contextLength: 16, nEmbd: 8, nLayer: 2, nHead: 2, mlpDim: 7 };
  const model = emptyModel({ ...ARCHITECTURES.llama, ...sizes, tiedHead: false });
  for (const { name } of model.parameters.specs) {
    model.parameters.write(name, Float32Array.from(circuits.llama.weights[name]));
  }
  return model;
}

describe.each([
  ['gpt2', tinyGpt2()],
  ['llama', tinyLlama()],
] as const)('circuits of a tiny %s, against TransformerLens', (name, model) => {
  const theirs = circuits[name];
  const { answer, other } = theirs;
  const [clean, corrupted] = [{ tokens: theirs.clean }, { tokens: theirs.corrupted }];
  const { nLayer, nHead } = model.config;

  it('has the same logits', () => {
    expect(editablePrompt(model, clean).logits()).toBeAllClose(theirs.logits, { atol: 1e-4 });
  });

  it.each(['zero', 'mean'] as const)('has the same %s ablations', (by) => {
    const ours = finished(ablatePrompt(model, clean, { answer, other }, { by }));
    expect(ours.measure).toBeCloseTo(theirs.patches.clean, 4);
    for (const part of ['heads', 'attention', 'mlp'] as const) {
      expect(ours[part].flat()).toBeAllClose(theirs.ablations[by][part].flat(), { atol: 1e-4 });
    }
  });

  it('has the same patching matrices', () => {
    const ours = finished(patchPrompts(model, { clean, corrupted }, { answer, other }));
    expect(ours.clean).toBeCloseTo(theirs.patches.clean, 4);
    expect(ours.corrupted).toBeCloseTo(theirs.patches.corrupted, 4);
    for (const part of ['stream', 'attention', 'mlp', 'heads'] as const) {
      expect(ours[part].map(({ length }) => length)).toEqual(
        theirs.patches[part].map(({ length }) => length),
      );
      expect(ours[part].flat()).toBeAllClose(theirs.patches[part].flat(), { atol: 1e-4 });
    }
  });

  it('has the same attributions, which add up to the difference of the logits', () => {
    const ours = attributeLogit(model, clean, { answer, other });
    const of = (label: string): number => theirs.attribution[label] ?? 0;
    for (let layer = 0; layer < nLayer; layer++) {
      for (let head = 0; head < nHead; head++) {
        expect(ours.heads[layer][head]).toBeCloseTo(of(`L${layer}H${head}`), 4);
      }
      expect(ours.mlp[layer]).toBeCloseTo(of(`${layer}_mlp_out`), 4);
    }
    expect(ours.embedding).toBeCloseTo(of('embed') + of('pos_embed'), 4);
    expect(ours.attentionBias.reduce((sum, bias) => sum + bias)).toBeCloseTo(of('bias'), 4);
    expect(ours.total).toBeCloseTo(theirs.patches.clean, 4);
  });

  it('has the same scores of heads', () => {
    const ours = headScores(model, { tokens: theirs.repeated }, { over: 'all' });
    for (const kind of ['previous', 'duplicate', 'induction'] as const) {
      const scores = ours.map((heads) => heads.map((head) => head[kind]));
      expect(scores.flat()).toBeAllClose(theirs.scores[kind].flat(), { atol: 1e-4 });
    }
  });
});

const SIZES = { vocabSize: 11, contextLength: 12, nEmbd: 12, nLayer: 2, nHead: 3 };

describe('circuits of every architecture', () => {
  it.each([
    ['norms after branches', { normPlace: 'after' }],
    ['layer norms around branches', { normPlace: 'around' }],
    ['RMS norms around branches', { normPlace: 'around', norm: 'rms', positions: 'rotary' }],
    ['shared keys', { nKvHead: 1, mlp: 'swiglu', norm: 'rms' }],
    ['windows and causal layers', { attention: 'window,causal', window: 3 }],
    ['compressed attention', { attention: 'compressed', compressionFactor: 2 }],
    ['relative attention', { attention: 'relative' }],
  ] as const)('attributes a logit, and edits nothing by its own values: %s', (_, settings) => {
    const model = createModel({ ...SIZES, ...settings }, { seed: 3 });
    for (const { name, shape } of model.parameters.specs) {
      const values = model.parameters.read(name);
      model.parameters.write(
        name,
        values.map((value, i) => value * 4 + 0.2 * Math.sin(i + shape.length)),
      );
    }
    const prompt = { tokens: [3, 1, 4, 1, 5, 9] };
    const own = editablePrompt(model, prompt);
    const logits = own.logits();
    expect(attributeLogit(model, prompt, { answer: 7 }).total).toBeCloseTo(logits[7], 3);
    for (const part of ['stream', 'attention', 'mlp', 'heads'] as const) {
      const values = own.activations.read({ part, layer: 1 });
      expect(own.logits([{ part, layer: 1, values }])).toBeAllClose(logits, { atol: 1e-5 });
      const changed = own.logits([
        { part, layer: 1, values: values.map((value) => value + Math.cos(value)) },
      ]);
      expect(Array.from(changed)).not.toEqual(Array.from(logits));
    }
  });

  it('takes the mean of an activation over all positions of two prompts', () => {
    const model = createModel(SIZES);
    const prompts = [[1, 2, 3], [4]].map((tokens) => editablePrompt(model, { tokens }));
    const place = { part: 'heads', layer: 1, head: 2 } as const;
    const rows = prompts.flatMap(({ activations }) => Array.from(activations.read(place)));
    const mean = [0, 1, 2, 3].map((i) => (rows[i] + rows[i + 4] + rows[i + 8] + rows[i + 12]) / 4);
    expect(meanActivation(prompts, place)).toBeAllClose(mean, { atol: 1e-7 });
  });
});

describe('circuits, wrong values', () => {
  const model = createModel(SIZES);
  const own = editablePrompt(model, { tokens: [1, 2, 3] });
  const values = new Float32Array(12);

  it.each([
    [{ part: 'mlp', layer: 2, values }, 'layer: expected an integer from 0 to 1, got 2'],
    [{ part: 'heads', layer: 0, head: 3, values }, 'head: expected an integer from 0 to 2, got 3'],
    [{ part: 'mlp', layer: 0, head: 1, values }, 'head: expected none with mlp, got 1'],
    [
      { part: 'mlp', layer: 0, position: 3, values },
      'position: expected an integer from 0 to 2, got 3',
    ],
    [
      { part: 'mlp', layer: 0, values: new Float32Array(5) },
      'values: expected 12 numbers, or 36 for 3 positions, got 5',
    ],
  ] as const)('refuses the edit %j', (edit, message) => {
    expect(() => own.logits([edit])).toThrow(new RangeError(message));
  });

  it('refuses to attribute the logits of a model that adds positions in every layer', () => {
    const other = createModel({ ...SIZES, positions: 'every-layer' });
    expect(() => attributeLogit(other, { tokens: [1, 2] }, { answer: 3 })).toThrow(
      new RangeError(
        'positions: expected positions that are not added in every block, got every-layer',
      ),
    );
  });

  it('refuses prompts that cannot be compared', () => {
    const clean = { tokens: [1, 2, 3] };
    const patched =
      (tokens: number[], answer = 1) =>
      (): unknown =>
        finished(patchPrompts(model, { clean, corrupted: { tokens } }, { answer }));
    expect(patched([1, 2])).toThrow(
      new RangeError('corrupted: expected 3 tokens, as in the clean prompt, got 2'),
    );
    expect(patched([1, 2, 3])).toThrow(
      /^corrupted: expected a prompt whose measure differs from the clean prompt's, got \S+ for both$/u,
    );
    expect(patched([1, 2, 4], 11)).toThrow(
      new RangeError('answer: expected an integer from 0 to 10, got 11'),
    );
    expect(() => meanActivation([], { part: 'mlp', layer: 0 })).toThrow(
      new RangeError('prompts: expected at least one prompt, got an empty list'),
    );
  });
});

describe('repeatedTokens', () => {
  it('repeats different tokens, the same for the same seed', () => {
    const tokens = Array.from(repeatedTokens(11, 9, 4));
    expect(new Set(tokens).size).toBe(9);
    expect(tokens.slice(0, 9)).toEqual(tokens.slice(9));
    expect(Array.from(repeatedTokens(11, 9, 4))).toEqual(tokens);
    expect(Array.from(repeatedTokens(11, 9, 5))).not.toEqual(tokens);
  });

  it('refuses more tokens than there are', () => {
    expect(() => repeatedTokens(11, 12)).toThrow(
      new RangeError('length: expected 1 to 11 tokens (the vocabulary), got 12'),
    );
  });
});

describe('measureCircuits', () => {
  const model = tinyGpt2();
  const [clean, corrupted] = [{ tokens: circuits.gpt2.clean }, { tokens: circuits.gpt2.corrupted }];
  const largest = (prompt: { tokens: number[] }): number => {
    const logits = editablePrompt(model, prompt).logits();
    return logits.indexOf(Math.max(...logits));
  };

  it('measures the likeliest tokens, and only what is requested', () => {
    const answer = largest(clean);
    expect(finished(measureCircuits(model, clean, { attribute: true }))).toEqual({
      answer,
      other: undefined,
      attribution: attributeLogit(model, clean, { answer }),
    });
    const measure = { answer, other: largest(corrupted) };
    expect(finished(measureCircuits(model, clean, { corrupted }))).toEqual({
      ...measure,
      patching: finished(patchPrompts(model, { clean, corrupted }, measure)),
    });
    // A prompt and a corrupted one with the same likeliest token are compared by another token.
    const alike = finished(measureCircuits(model, clean, { answer: measure.other, corrupted }));
    const [first, second] = [...editablePrompt(model, corrupted).logits().entries()]
      .sort(([, a], [, b]) => b - a)
      .map(([id]) => id);
    expect([alike.answer, alike.other]).toEqual([first, second]);
    expect(finished(measureCircuits(model, clean, { headScores: true }))).toEqual({
      headScores: repeatedHeadScores(model),
    });
  });

  it('yields its progress, and measures tokens that are given', () => {
    const measured = measureCircuits(model, clean, { ablate: 'mean', answer: 3, other: 4 });
    const { nLayer, nHead } = model.config;
    expect(measured.next().value).toEqual({ done: 1, total: nLayer * (nHead + 2) });
    expect(finished(measured)).toMatchObject({ answer: 3, other: 4, ablation: { by: 'mean' } });
  });
});
