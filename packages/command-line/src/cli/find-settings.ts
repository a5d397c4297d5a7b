import { nearestName } from '@ramble/core';

import { UsageError } from '../verb/exit-errors.js';
import type { Flags } from '../verb/flag.js';
import { checkGiven, readConfig } from './read-config.js';
import type { DomainCall, SettingGroup } from '../verb/verb.js';

type Values = Readonly<Record<string, unknown>>;

/** The flags `--config` and `--preset`, where a verb has settings and presets. */
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
    derived: 'none',
    description: `Settings by name; --config and flags override them: ${names.join(', ')}.`,
  } as const;
  return { ...(groups.length > 0 && { config }), ...(names.length > 0 && { preset }) };
}

/**
 * The settings that were given, by name: the preset's, over them the file's, over them the flags; and
 * the latter two alone, which somebody chose.
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
  const { preset, config } = given as { preset?: string; config?: string }; // as `settingFlags` says
  const fromPreset = preset === undefined ? {} : findPreset(preset, presets);
  const fromFile = config === undefined ? {} : await readConfig(config, settings);
  const fromFlags = Object.entries(given).filter(([name]) => Object.hasOwn(settings, name));
  const chosen: Values = { ...fromFile, ...Object.fromEntries(fromFlags) };
  return {
    settings: { ...checkGiven(`--preset ${preset}`, fromPreset, settings), ...chosen },
    chosen,
    preset,
  };
}

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
