import type { SettingTable } from '../settings/settings.js';
import { layerNorm } from './layer-norm.js';
import type { NormKind } from './norm-kind.js';
import { rmsNorm } from './rms-norm.js';

/** All kinds of norm by name. */
const KINDS = { layer: layerNorm, rms: rmsNorm } as const satisfies Record<string, NormKind>;

/** The settings of a model's norms. */
export interface NormSettings {
  /** What normalizes: mean and deviation, with a bias; or the root of the mean square, without one. */
  readonly norm: keyof typeof KINDS;
  /** What a block normalizes: what goes into a branch, what comes out of it, or both. */
  readonly normPlace: 'before' | 'after' | 'around';
  readonly normEps: number;
}

/** The table of these settings. */
export const NORM_SETTINGS: SettingTable<NormSettings> = {
  norm: {
    kind: 'choice',
    choices: Object.keys(KINDS) as NormSettings['norm'][], // its own keys
    default: 'layer',
    isLater: true,
    description: 'What normalizes the stream: layer norm, or RMS norm, which has no mean or bias.',
  },
  normPlace: {
    kind: 'choice',
    choices: ['before', 'after', 'around'],
    default: 'before',
    isLater: true,
    description:
      'Where attention and the MLP are normalized: what goes in, what comes out, or both.',
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

/** The norm of a model. */
export function normOf({ norm }: Pick<NormSettings, 'norm'>): NormKind {
  return KINDS[norm];
}
