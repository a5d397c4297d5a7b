import { type ArchitectureName, ARCHITECTURES, nearestName } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import type { Flags } from '../verb/flag.js';
import { checkGiven, readConfig } from './read-config.js';
import type { DomainCall, SettingGroup } from '../verb/verb.js';

type Values = Readonly<Record<string, unknown>>;

/** The flags `--config`, `--preset` and `--architecture`, where a verb has settings, presets and a model's shape. */
export function settingFlags(
  groups: readonly SettingGroup[],
  presets: Readonly<Record<string, Values>>,
): Flags {
  const config = {
    kind: 'string',
    placeholder: 'file.json',
    derived: 'none',
    description: 'Settings in a file; flags override them.',
  } as const;
  const names = Object.keys(presets);
  const preset = {
    kind: 'string',
    basic: true,
    derived: 'none',
    description: `Settings by name; --config and flags override them: ${names.join(', ')}.`,
  } as const;
  const architecture = {
    kind: 'choice',
    choices: Object.keys(ARCHITECTURES),
    derived: "none; the domain's own settings",
    description:
      "A family's norm, MLP, positions, biases and attention, by name; --config and flags override it.",
  } as const;
  const hasModel = Object.hasOwn(joinTables(groups), 'nLayer');
  return {
    ...(groups.length > 0 && { config }),
    ...(names.length > 0 && { preset }),
    ...(hasModel && { architecture }),
  };
}

/**
 * The settings that were given, by name: the preset's, over them the architecture's, the file's and the
 * flags; and these three alone, which somebody chose.
 *
 * @param given - All flags that were typed.
 * @throws UsageError for an unknown preset or setting, or a wrong value in the file.
 */
export async function findSettings(
  given: Values,
  groups: readonly SettingGroup[],
  presets: Readonly<Record<string, Values>>,
): Promise<Pick<DomainCall<unknown>, 'settings' | 'chosen' | 'preset'>> {
  const settings = joinTables(groups);
  const { preset, config, architecture } = given as GivenNames; // as `settingFlags` says
  const fromPreset = preset === undefined ? {} : findPreset(preset, presets);
  const fromFile = config === undefined ? {} : await readConfig(config, settings);
  const fromFlags = Object.entries(given).filter(([name]) => Object.hasOwn(settings, name));
  const ofFamily = architecture === undefined ? {} : ARCHITECTURES[architecture];
  const chosen: Values = { ...ofFamily, ...fromFile, ...Object.fromEntries(fromFlags) };
  const replaced = architecture === undefined ? {} : NOT_OF_A_FAMILY;
  return {
    settings: {
      ...checkGiven(`--preset ${preset}`, fromPreset, settings),
      ...replaced,
      ...chosen,
    },
    chosen,
    preset,
  };
}

interface GivenNames {
  readonly preset?: string;
  readonly config?: string;
  readonly architecture?: ArchitectureName;
}

/** What a domain or a preset says of a block of another family; an architecture has its own defaults. */
const NOT_OF_A_FAMILY = {
  mlpDim: undefined,
  maxDistance: undefined,
  localBlock: undefined,
  compressionFactor: undefined,
  memory: undefined,
  window: undefined,
} as const;

/** All settings by name; the names are known to be unique. */
function joinTables(groups: readonly SettingGroup[]): Flags {
  return Object.assign({}, ...groups.map(({ settings }) => settings)) as Flags; // as they are
}

function findPreset(name: string, presets: Readonly<Record<string, Values>>): Values {
  if (Object.hasOwn(presets, name)) return presets[name];
  const known = Object.keys(presets);
  const nearest = nearestName(name, known);
  const hint = nearest ? `. Did you mean ${nearest}?` : '';
  throw new UsageError(`--preset: expected one of ${known.join(', ')}, got ${name}${hint}`);
}
