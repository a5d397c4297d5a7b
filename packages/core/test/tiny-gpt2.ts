import type { FixtureTensor } from '@ramble/node-testing';

import { toGpt2Name } from '../src/checkpoint/gpt2/gpt2-names.js';
import { emptyModel, type Model } from '../src/model/model.js';

import { readJson, readTensors } from './read-fixture.js';

/** What Hugging Face computed with the tiny GPT-2; fixtures/README.md says what each is. */
interface Golden {
  readonly inputIds: number[][];
  readonly targets: number[][];
  readonly maskedTargets: number[][];
  readonly positionWeights: number[][];
  readonly numParameters: number;
  readonly loss: number;
  readonly lossPerToken: number[][];
  readonly lossMasked: number;
  readonly lossWeighted: number;
  readonly 'lossLabelSmoothing0.1': number;
  readonly lossHFShifted: number;
  readonly gradientGlobalNorm: number;
  readonly cached: { readonly chunksTried: number[][]; readonly stepLogits: number[][][] };
  readonly adamw: {
    readonly lr: number;
    readonly betas: [number, number];
    readonly eps: number;
    readonly weightDecay2D: number;
    readonly clipNorm: number;
    readonly inputs: number[][][];
    readonly targets: number[][][];
    readonly losses: number[];
    readonly gradNorms: number[];
  };
}
export const golden = readJson('gpt2/golden.json') as Golden; // as above
export const activations = readTensors('gpt2/activations.safetensors');
const weights = readTensors('gpt2/model.safetensors');

/** The tiny GPT-2 of fixtures/gpt2. */
export function tinyGpt2(attention: 'causal' | 'prefix' = 'causal'): Model {
  const sizes = { vocabSize: 31, contextLength: 16, nEmbd: 12, nLayer: 2, nHead: 3 };
  const model = emptyModel({ ...sizes, attention });
  for (const { name } of model.parameters.specs) {
    model.parameters.write(name, byOurName(weights, name).values);
  }
  return model;
}

/** The tensor that a file under Hugging Face's names has for one of our parameters. */
export function byOurName(tensors: Record<string, FixtureTensor>, name: string): FixtureTensor {
  return tensors[toGpt2Name(name)];
}
