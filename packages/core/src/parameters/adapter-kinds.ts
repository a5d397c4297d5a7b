import type { SettingTable } from '../settings/settings.js';
import type { AdapterBase, AdapterKind, Adapters } from './adapter-kind.js';
import { LORA, type LoraSettings } from './lora.js';

/** The settings of adapters of all kinds. */
export type AdapterSettings = LoraSettings;

/** All kinds of adapters. It is the only table of them. */
const ADAPTER_KINDS = [LORA] as const;

/** Name of a kind of adapters. */
export type AdapterName = (typeof ADAPTER_KINDS)[number]['name'];

/** Table of the settings of adapters. */
export const ADAPTER_SETTINGS: SettingTable<AdapterSettings> = { ...LORA.settings };

/** The settings that choose a kind, in a training without adapters. */
export const NO_ADAPTERS: Partial<AdapterSettings> = Object.fromEntries(
  ADAPTER_KINDS.map(({ choice }) => [choice, ADAPTER_SETTINGS[choice].default]),
);

/** A kind of adapters that the settings of a training choose. */
interface ChosenKind extends Pick<
  AdapterKind<AdapterSettings>,
  'choice' | 'describe' | 'adaptersOf'
> {
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

/**
 * Compiles the adapters of a model.
 *
 * @returns `undefined` if the settings choose no kind.
 * @throws RangeError if the model has none of the targets.
 */
export function adaptersOf(
  base: AdapterBase,
  settings: AdapterSettings,
): ModelAdapters | undefined {
  const kind = adapterKindOf(settings);
  return kind && { ...kind.adaptersOf(base, settings), settings };
}
