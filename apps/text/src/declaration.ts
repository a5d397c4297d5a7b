import {
  conversationsFeature,
  type DeclaredApp,
  firstCharactersFeature,
  helpExamplesFeature,
  huggingFaceFeature,
  lastWordFeature,
} from '@ramble/command-line/features';
import type { ModelConfig, TrainingConfig } from '@ramble/core';
import { ARCHITECTURES, streamOutputFeature } from '@ramble/core/app';
import { decodeText } from '@ramble/core/files';
import { TEXT_OPTIONS, type TextOptions } from '@ramble/language/options';

type Preset = Partial<ModelConfig & TrainingConfig & TextOptions>;

/**
 * Defaults of `train` without a preset: a small model that learns a book in minutes on a CPU. Llama's architecture,
 * above all its rotary positions, needs far fewer steps than GPT-2's. The training then reads a book many times;
 * dropout, R-Drop and much weight decay limit overfitting.
 */
const DEFAULTS: Partial<ModelConfig & TrainingConfig> = {
  ...ARCHITECTURES.llama,
  contextLength: 256,
  batchSize: 4,
  learningRate: 2e-3,
  schedule: 'wsd',
  dropout: 0.1,
  rDrop: 2,
  weightDecay: 0.5,
};

/** Common settings of both nanoGPT presets that differ from ramble's defaults. */
const NANOGPT: Preset = {
  tokenizer: 'char',
  learningRate: 1e-3,
  minLearningRate: 1e-4,
  warmupSteps: 100,
  beta2: 0.99,
  weightDecay: 0.1,
  gradClip: 1,
};

/**
 * Common settings of the deep character models of Al-Rfou et al. 2018: position embeddings at every layer, and
 * auxiliary losses in training. The paper applies dropout at other places, and trains for 4,000,000 steps.
 */
const CHARACTERS: Preset = {
  tokenizer: 'char',
  nHead: 2,
  nEmbd: 512,
  contextLength: 512,
  positions: 'every-layer',
  secondTarget: 0.5,
  intermediateLosses: true,
  batchSize: 16,
  dropout: 0.55,
  optimizer: 'sgd',
  momentum: 0.99,
  learningRate: 0.003,
  schedule: 'constant',
  warmupSteps: 0,
  weightDecay: 0,
};

/**
 * Presets by name: nanoGPT's recipes for a megabyte of characters, one for a few minutes on a CPU and the full one; and
 * the two character models of Al-Rfou et al.
 *
 * @see https://github.com/karpathy/nanoGPT (README and config/train_shakespeare_char.py)
 * @see Al-Rfou et al. 2018, https://arxiv.org/abs/1808.04444
 */
const PRESETS: Readonly<Record<string, Preset>> = {
  'nanogpt-cpu': {
    ...NANOGPT,
    nLayer: 4,
    nHead: 4,
    nEmbd: 128,
    contextLength: 64,
    batchSize: 12,
    maxSteps: 2000,
    dropout: 0,
  },
  'nanogpt-gpu': {
    ...NANOGPT,
    nLayer: 6,
    nHead: 6,
    nEmbd: 384,
    contextLength: 256,
    batchSize: 64,
    maxSteps: 5000,
    dropout: 0.2,
  },
  t12: { ...CHARACTERS, nLayer: 12 },
  t64: { ...CHARACTERS, nLayer: 64, recompute: true },
};

/** Declaration of the text app: everything that its flags and help need. Imports neither model code nor tokenizers. */
export const textDeclaration = {
  name: 'text',
  description: 'Learns from text and continues it.',
  options: TEXT_OPTIONS,
  packing: 'stream',
  data: { fields: true },
  readOutput: (content) => decodeText('output', content),
  presets: { ...PRESETS, defaults: DEFAULTS },
  features: {
    [streamOutputFeature.name]: true,
    [huggingFaceFeature.name]: true,
    [conversationsFeature.name]: true,
    [lastWordFeature.name]: true,
    [firstCharactersFeature.name]: true,
    ...helpExamplesFeature.with({
      train: [
        '--data moby-dick --out runs/book --preset micro --max-minutes 3',
        '--resume --out runs/book --max-steps 4000',
        '--data letters.txt --init-from runs/book --out runs/letters --learning-rate 1e-4',
      ],
    }),
  },
} as const satisfies DeclaredApp;
