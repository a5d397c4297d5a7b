import { COUNT, FRACTION_BELOW_1, NOT_NEGATIVE, type SettingTable } from '../settings/settings.js';
import {
  type AdapterKind,
  type Adapters,
  TARGET_NAMES,
  type TargetPattern,
} from './adapter-kind.js';

/** The settings of LoRA. */
export interface LoraSettings {
  /** Rank of the adapters: number of columns of A in `(x A) B`; 0 to train without adapters. */
  readonly loraRank: number;
  /** The product of the adapters is multiplied by `loraAlpha / loraRank`. */
  readonly loraAlpha: number;
  readonly loraTargets: TargetPattern;
  /** Dropout of the inputs of adapters, in training. */
  readonly loraDropout: number;
}

/** Table of the settings of LoRA. */
const SETTINGS: SettingTable<LoraSettings> = {
  loraRank: {
    ...COUNT,
    max: 2 ** 12,
    default: 0,
    isLater: true,
    basic: true,
    description:
      'Rank of LoRA adapters, which are trained in place of the model; 0 trains the model itself.',
  },
  loraAlpha: {
    ...NOT_NEGATIVE,
    default: 32,
    isLater: true,
    description: 'Numerator of the scale of LoRA adapters, whose denominator is the rank.',
  },
  loraTargets: {
    kind: 'choice',
    choices: TARGET_NAMES,
    isPattern: true,
    default: 'all',
    isLater: true,
    description:
      'Linear layers with LoRA adapters: groups of layers, or single ones as their projections are named.',
  },
  loraDropout: {
    ...FRACTION_BELOW_1,
    default: 0,
    isLater: true,
    description: 'Dropout of the inputs of LoRA adapters.',
  },
};

/** LoRA as a kind of adapters; `lora.ts` computes it. */
const LORA = {
  name: 'LoRA',
  settings: SETTINGS,
  choice: 'loraRank',
  describe: ({ loraRank, loraTargets }) => `LoRA adapters of rank ${loraRank} for ${loraTargets}`,
} as const satisfies AdapterKind<LoraSettings>;

/** The settings of adapters of all kinds. */
export type AdapterSettings = LoraSettings;

/** All kinds of adapters. It is the only table of them. */
const ADAPTER_KINDS = [LORA] as const;

/** Name of a kind of adapters. */
export type AdapterName = (typeof ADAPTER_KINDS)[number]['name'];

/** Table of the settings of adapters. */
export const ADAPTER_SETTINGS: SettingTable<AdapterSettings> = { ...LORA.settings };

/** Values of the settings that enable adapters, for a training without adapters: `{ loraRank: 0 }`. */
export const NO_ADAPTERS: Partial<AdapterSettings> = Object.fromEntries(
  ADAPTER_KINDS.map(({ choice }) => [choice, ADAPTER_SETTINGS[choice].default]),
);

/** The kind of adapters that training settings choose, such as LoRA. */
interface ChosenKind extends Pick<AdapterKind<AdapterSettings>, 'choice' | 'describe'> {
  readonly name: AdapterName;
}

/** Returns the kind that the settings of a training choose; `undefined` if the model itself is trained. */
export function adapterKindOf(settings: Partial<AdapterSettings>): ChosenKind | undefined {
  const kinds: readonly ChosenKind[] = ADAPTER_KINDS;
  return kinds.find(({ choice }) => Boolean(settings[choice]));
}

/** The adapters of a model, with the settings from which they are compiled. */
export interface ModelAdapters extends Adapters {
  readonly settings: AdapterSettings;
}
