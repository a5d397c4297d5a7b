import { type FixtureTensor, fixturesIn } from './fixtures-in.js';

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

/** The files of fixtures/gpt2. */
export const gpt2Fixtures = fixturesIn(new URL('../../fixtures/gpt2/', import.meta.url));
export const golden = gpt2Fixtures.readJson('golden.json') as Golden; // as above
export const activations = gpt2Fixtures.readTensors('activations.safetensors');
const weights = gpt2Fixtures.readTensors('model.safetensors');

export const TINY_GPT2_SIZES = {
  vocabSize: 31,
  contextLength: 16,
  nEmbd: 12,
  nLayer: 2,
  nHead: 3,
} as const;

/** The numbers of one of our parameters in the tiny GPT-2 of fixtures/gpt2. */
export function tinyGpt2Values(name: string): Float32Array {
  return byOurName(weights, name).values;
}

/** The tensor that a file under Hugging Face's names has for one of our parameters. */
export function byOurName(tensors: Record<string, FixtureTensor>, name: string): FixtureTensor {
  return tensors[theirName(name)];
}

/** Hugging Face's name of one of our parameters, without the code that tests are about. */
export function theirName(name: string): string {
  const words: Readonly<Record<string, string>> = {
    tokenEmbedding: 'wte',
    positionEmbedding: 'wpe',
    blocks: 'h',
    norm1: 'ln_1',
    norm2: 'ln_2',
    finalNorm: 'ln_f',
    attention: 'attn',
    qkv: 'c_attn',
    proj: 'c_proj',
    up: 'c_fc',
    down: 'c_proj',
    gain: 'weight',
  };
  const path = name.split('.').map((word) => words[word] ?? word);
  return ['transformer', ...path].join('.');
}
