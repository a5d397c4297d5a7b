import { constant, type ParameterSpec } from '../parameters/parameter.js';
import type { SettingTable } from '../settings/settings.js';

/** A kind of norm of the rows of the residual stream. */
export interface NormKind {
  /** Name of the norm's op. */
  readonly stepOp: 'layerNorm' | 'rmsNorm';
  /**
   * Returns the specs of a norm's parameters for rows of `width` numbers. Their names begin with `name`, such as
   * `blocks.0.norm1`.
   */
  readonly parameters: (name: string, width: number) => readonly ParameterSpec[];
}

/**
 * Layer norm with a gain and a bias.
 *
 * @see Ba et al. 2016, https://arxiv.org/abs/1607.06450
 */
const layerNorm: NormKind = {
  stepOp: 'layerNorm',
  parameters: (name, width) => [
    constant(`${name}.gain`, width, 1),
    constant(`${name}.bias`, width, 0),
  ],
};

/**
 * RMS norm with a gain and no bias.
 *
 * @see Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467
 */
const rmsNorm: NormKind = {
  stepOp: 'rmsNorm',
  parameters: (name, width) => [constant(`${name}.gain`, width, 1)],
};

/** All kinds of norm by name. */
const KINDS = { layer: layerNorm, rms: rmsNorm } as const satisfies Record<string, NormKind>;

/** The settings of a model's norms. */
export interface NormSettings {
  /** Kind of norm: layer norm, with mean and bias; or RMS norm, without them. */
  readonly norm: keyof typeof KINDS;
  /** Place of the norms of a block: `before` each branch (pre-norm), `after` it, or `around` it (both). */
  readonly normPlace: 'before' | 'after' | 'around';
  readonly normEps: number;
}

/** Table of the settings of norms. */
export const NORM_SETTINGS: SettingTable<NormSettings> = {
  norm: {
    kind: 'choice',
    choices: Object.keys(KINDS) as NormSettings['norm'][], // its own keys
    default: 'layer',
    isLater: true,
    description: 'Kind of norm: layer norm, or RMS norm, which has no mean or bias.',
  },
  normPlace: {
    kind: 'choice',
    choices: ['before', 'after', 'around'],
    default: 'before',
    isLater: true,
    description:
      'Place of the norms of attention and the MLP: on their input, on their output, or both.',
  },
  normEps: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    default: 1e-5,
    formerly: 'layerNormEps',
    description: 'Added to the variance, or the mean square, in every normalization.',
  },
};

/** Returns the kind of norm in a model. */
export function normOf({ norm }: Pick<NormSettings, 'norm'>): NormKind {
  return KINDS[norm];
}

/** The op that computes a norm, on operands of type `X` (see `TransformerOps`). */
export interface NormOps<X> {
  /** Normalizes rows; `name` is the path of the norm's parameters. */
  norm(x: X, name: string): X;
}

/** Functions that place the norms of a block: before its two branches, after them, or both. */
export interface BlockNorms {
  /** Returns the input of a branch, normalized unless the norms are only after branches. */
  before<X>(x: X, name: string, ops: NormOps<X>): X;
  /** Returns the output of a branch, normalized unless the norms are only before branches. */
  after<X>(x: X, name: string, ops: NormOps<X>): X;
}

/** Returns the functions that place the norms of a model's blocks. */
export function blockNorms({ normPlace }: Pick<NormSettings, 'normPlace'>): BlockNorms {
  return {
    before: (x, name, ops) => (normPlace === 'after' ? x : ops.norm(x, name)),
    after: (x, name, ops) => (normPlace === 'before' ? x : ops.norm(x, `${name}Out`)),
  };
}
