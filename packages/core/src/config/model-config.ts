import type { AttentionSettings } from '../attention/attention-kind.js';
import {
  ATTENTION_NAMES,
  type AttentionPattern,
  patternKinds,
} from '../attention/attention-kinds.js';
import {
  ATTENTION_SIZES,
  completeAttention,
  HEAD_SETTINGS,
} from '../attention/attention-settings.js';
import { MLP_SETTINGS, mlpOf, type MlpSettings } from '../mlp/mlps.js';
import { NORM_SETTINGS, type NormSettings } from '../norm/norms.js';
import {
  completePositions,
  completeRotary,
  POSITION_SETTINGS,
  type PositionSettings,
  rotates,
  ROTARY_SETTINGS,
} from '../positions/position-settings.js';
import type { RotarySettings } from '../positions/rotary.js';
import { checkSettings } from '../settings/check-settings.js';
import { POSITIVE, POSITIVE_COUNT, type SettingTable } from '../settings/settings.js';

/**
 * The shape of a model. Names are GPT-2's, so that papers and configs map one to one. The descriptions in
 * {@link MODEL_SETTINGS} define the fields; comments in this interface add details.
 */
export interface ModelConfig
  extends AttentionSettings, NormSettings, MlpSettings, PositionSettings, RotarySettings {
  /** Number of different token ids, V. */
  readonly vocabSize: number;
  readonly nLayer: number;
  /** The kinds of attention by layer; a single name if all layers have the same kind. */
  readonly attention: AttentionPattern;
  /** Linear layers with biases: all, none, the layer of queries, keys and values, or both layers of attention. */
  readonly bias: 'all' | 'none' | 'qkv' | 'attention';
  /** Whether the output projection is the token embedding. */
  readonly tiedHead: boolean;
  /** Factor of the token embeddings; 1 by default. */
  readonly embeddingScale?: number;
  /** Bound of the logits (soft capping by tanh); none by default. */
  readonly logitCap?: number;
}

/**
 * Maximum number of blocks. Like all maximum sizes in this file, it is ten to a hundred times the size of the
 * largest published models. A file may contain any number, and without a maximum, lists and names could fill the
 * memory before any weight is read.
 */
const MAX_LAYERS = 10_000;
const MAX_VOCAB_SIZE = 2 ** 24;
const MAX_CONTEXT_LENGTH = 2 ** 30;
const MAX_WIDTH = 2 ** 20;

/**
 * Settings of a model with ranges, defaults and descriptions. The defaults are nanoGPT's CPU recipe, the smallest
 * model that learns a book's style on a CPU in minutes.
 */
export const MODEL_SETTINGS: SettingTable<ModelConfig> = {
  vocabSize: { ...POSITIVE_COUNT, max: MAX_VOCAB_SIZE, description: 'Number of different tokens.' },
  contextLength: {
    ...POSITIVE_COUNT,
    max: MAX_CONTEXT_LENGTH,
    default: 64,
    description: 'Maximum number of tokens that the model sees at once.',
  },
  nLayer: {
    ...POSITIVE_COUNT,
    max: MAX_LAYERS,
    default: 4,
    description: 'Number of transformer blocks.',
  },
  ...HEAD_SETTINGS,
  nEmbd: {
    ...POSITIVE_COUNT,
    max: MAX_WIDTH,
    default: 128,
    description: 'Width of the residual stream.',
  },
  ...NORM_SETTINGS,
  ...MLP_SETTINGS,
  bias: {
    kind: 'choice',
    choices: ['all', 'none', 'qkv', 'attention'],
    default: 'all',
    hint: "nanoGPT's True is all, its False none",
    isLater: true,
    description:
      'Linear layers that have biases: all, none, the layer of queries, keys and values (qkv), or both layers of attention.',
  },
  tiedHead: {
    kind: 'boolean',
    default: true,
    isLater: true,
    description: 'Whether the output projection is the token embedding.',
  },
  embeddingScale: {
    ...POSITIVE,
    derived: 'none',
    isLater: true,
    description: 'Factor of the token embeddings.',
  },
  logitCap: {
    ...POSITIVE,
    derived: 'none',
    isLater: true,
    description: 'Bound of the logits, which approach it as tanh does.',
  },
  ...POSITION_SETTINGS,
  ...ROTARY_SETTINGS,
  attention: {
    kind: 'choice',
    choices: ATTENTION_NAMES,
    isPattern: true,
    default: 'causal',
    description:
      'Tokens that a token attends to: the past, also its whole prompt (prefix), blocks of tokens (local), or groups of tokens (compressed); relative and alibi add terms for distances. A list has one kind for each layer and repeats: local,compressed.',
  },
  ...ATTENTION_SIZES,
};

/**
 * Fills in the defaults of a model's settings and checks all of them. A completed config can be spread to change a
 * setting: `{ ...config, nLayer: 8 }`. Values that were derived from the setting's old value are then refused.
 *
 * @throws TypeError or RangeError that names the setting.
 */
export function modelConfig(given: Readonly<Partial<ModelConfig>>): ModelConfig {
  const checked = checkSettings(MODEL_SETTINGS, given);
  checkSpread(given, checked);
  const config = { ...checked, ...completeAttention(checked) };
  const { mlpDim = mlpOf(config).defaultDim(config.nEmbd) } = given;
  const positions = completePositions(positionsGiven(config, given.positions));
  const rotary = completeRotary(config, positions);
  const completed = { ...config, mlpDim, positions, ...rotary };
  return Object.assign({ [COMPLETED]: completed }, completed); // marks copies made by spreading
}

function positionsGiven(
  { nLayer, attention }: ModelConfig,
  positions: PositionSettings['positions'] | undefined,
): Parameters<typeof completePositions>[0] {
  const kinds = patternKinds(attention);
  return {
    positions,
    nLayer,
    attention,
    areReplaced: kinds.some((kind) => kind.replacesPositions),
    canRotate: kinds.every((kind) => kind.heads === 'any'),
  };
}

/** Whether the attention of every layer supports this position encoding. */
export function supportsPositions(
  attention: AttentionPattern,
  positions: PositionSettings['positions'],
): boolean {
  const kinds = patternKinds(attention);
  if (kinds.some((kind) => kind.replacesPositions)) return positions === 'none';
  return !rotates(positions) || kinds.every(({ heads }) => heads === 'any');
}

/** The settings of a model whose defaults are derived from other settings, and the settings that determine them. */
type Widths = Pick<ModelConfig, 'nEmbd' | 'nHead' | 'nKvHead' | 'headDim' | keyof MlpSettings>;

/**
 * Symbol under which a completed config refers to itself. Spreading copies it, so a changed copy refers to the config
 * that it was spread from. Files do not store it.
 */
const COMPLETED = Symbol('the completed config');

type Spread = Partial<Widths> & { readonly [COMPLETED]?: Widths };

/** Settings whose default is computed from other settings: the names of these (`from`), and the formula (`of`). */
const DERIVED = {
  nKvHead: { from: ['nHead'], of: ({ nHead }) => nHead },
  headDim: { from: ['nEmbd', 'nHead'], of: ({ nEmbd, nHead }) => nEmbd / nHead },
  mlpDim: { from: ['nEmbd', 'mlp'], of: (config) => mlpOf(config).defaultDim(config.nEmbd) },
} as const satisfies Partial<
  Record<
    keyof Widths,
    { readonly from: readonly (keyof Widths)[]; readonly of: (config: Widths) => number }
  >
>;

/**
 * Checks settings that were spread from a completed config. They may not change a setting and keep a value that was
 * derived from the old value of that setting: `{ ...config, nHead: 8 }` keeps the head width of four heads.
 *
 * @param config - The settings with their defaults.
 * @throws RangeError for a value that would be different if it were derived again.
 */
function checkSpread(given: Spread, config: Widths): void {
  const before = given[COMPLETED];
  if (!before) return;
  for (const name of Object.keys(DERIVED) as (keyof typeof DERIVED)[]) {
    const { from, of } = DERIVED[name];
    const value = given[name];
    const changed = from.find((source) => config[source] !== before[source]);
    const isKept = value === before[name] && value === of(before);
    if (changed === undefined || !isKept || value === of(config)) continue;
    throw new RangeError(
      `${name}: expected a value for ${changed} ${config[changed]}, got ${value}, which the spread config derives from ${changed} ${before[changed]}. Give ${name}: undefined for the default, or do not spread a completed config`,
    );
  }
}

/** The name of a family of decoders, as `--architecture` takes it. */
export type ArchitectureName = keyof typeof ARCHITECTURES;

/**
 * Families of decoders as settings: the parts of a block, for a model of any size. A setting that the user gives
 * overrides the family's.
 */
export const ARCHITECTURES = {
  /** GPT-2 as published: Radford et al. 2019, section 2.3. */
  gpt2: {
    attention: 'causal',
    norm: 'layer',
    normPlace: 'before',
    mlp: 'gelu',
    positions: 'input',
    bias: 'all',
  },
  /** LLaMA as published: Touvron et al. 2023, section 2.2, https://arxiv.org/abs/2302.13971. */
  llama: {
    attention: 'causal',
    norm: 'rms',
    normPlace: 'before',
    mlp: 'swiglu',
    positions: 'rotary',
    bias: 'none',
  },
} as const satisfies Record<string, Partial<ModelConfig>>;

/** The name of a size in {@link MODEL_PRESETS}; apps may have further presets. */
export type PresetName = keyof typeof MODEL_PRESETS;

/** Named sizes, from seconds on a laptop to GPT-2 as published (Radford et al. 2019, table 2). */
export const MODEL_PRESETS = {
  nano: { nLayer: 2, nHead: 2, nEmbd: 64, contextLength: 64 },
  micro: { nLayer: 4, nHead: 4, nEmbd: 128, contextLength: 64 },
  mini: { nLayer: 6, nHead: 6, nEmbd: 192, contextLength: 128 },
  baby: { nLayer: 6, nHead: 6, nEmbd: 384, contextLength: 256 },
  gpt2: { nLayer: 12, nHead: 12, nEmbd: 768, contextLength: 1024 },
  'gpt2-medium': { nLayer: 24, nHead: 16, nEmbd: 1024, contextLength: 1024 },
  'gpt2-large': { nLayer: 36, nHead: 20, nEmbd: 1280, contextLength: 1024 },
  'gpt2-xl': { nLayer: 48, nHead: 25, nEmbd: 1600, contextLength: 1024 },
} as const satisfies Record<string, Partial<ModelConfig>>;
