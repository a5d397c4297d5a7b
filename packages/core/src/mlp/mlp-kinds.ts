import type { SettingTable } from '../settings/settings.js';
import { gatedMlp } from './gated-mlp.js';
import { geluMlp } from './gelu-mlp.js';
import type { MlpKind } from './mlp-kind.js';

/** All kinds of MLP by name. */
const KINDS = {
  gelu: geluMlp,
  swiglu: gatedMlp('silu'),
  geglu: gatedMlp('gelu'),
} as const satisfies Record<string, MlpKind>;

/** The settings of a model's MLPs. */
export interface MlpSettings {
  /** GPT-2's MLP, or one with a gate of SiLU or GELU, which has a third matrix. */
  readonly mlp: keyof typeof KINDS;
  /** Width of the hidden layer, F. */
  readonly mlpDim: number;
}

/** The table of these settings. */
export const MLP_SETTINGS: SettingTable<MlpSettings> = {
  mlp: {
    kind: 'choice',
    choices: Object.keys(KINDS) as MlpSettings['mlp'][], // its own keys
    default: 'gelu',
    isLater: true,
    description: "The MLP of each block: GPT-2's with GELU, or one whose gate is SiLU or GELU.",
  },
  mlpDim: {
    kind: 'integer',
    min: 1,
    max: 2 ** 24, // many times that of the widest published models
    derived: '4 x nEmbd; 8/3 x nEmbd with a gate, in multiples of 32',
    description: 'Width of the hidden layer of the MLP.',
  },
};

/** The MLP of a model's blocks. */
export function mlpOf({ mlp }: Pick<MlpSettings, 'mlp'>): MlpKind {
  return KINDS[mlp];
}
