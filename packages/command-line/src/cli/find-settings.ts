import { readFile } from 'node:fs/promises';

import {
  type ArchitectureName,
  ARCHITECTURES,
  foreignNamesOf,
  nearestName,
} from '@ramble/core/app';
import { isObject, messageOf, parseJson, shownText, shownValue } from '@ramble/core/files';
import { fileError } from '@ramble/node';

import { UsageError } from '../verb/exit-errors.js';
import type { Flags, Values } from '../verb/flag.js';
import { notOneOf } from '../verb/unknown-name.js';
import type { DomainCall, SettingGroup } from '../verb/verb.js';
import { checkValue } from './parse-flags.js';

/**
 * Returns the flags `--config` if the verb has settings, `--preset` if it has presets, and `--architecture` if its
 * settings include the shape of a model.
 */
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
 * Collects the values of settings, by name. A flag overrides the file of `--config`, which overrides
 * `--architecture`, which overrides `--preset`. In the result, `settings` has all values, and `chosen` has all except
 * the values that only the preset gives.
 *
 * @param given - Values of all flags that were typed.
 * @throws UsageError for an unknown preset or setting, or a wrong value in the file.
 */
export async function findSettings(
  given: Values,
  groups: readonly SettingGroup[],
  presets: Readonly<Record<string, Values>>,
): Promise<Pick<DomainCall<unknown>, 'settings' | 'chosen' | 'preset'>> {
  const settings = joinTables(groups);
  const { preset, config, architecture } = given as GivenNames; // the flags of `settingFlags`
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

/**
 * Settings that only some architectures have, each `undefined`. If `--architecture` is given, they override the
 * values of the preset.
 */
const NOT_OF_A_FAMILY = {
  mlpDim: undefined,
  maxDistance: undefined,
  localBlock: undefined,
  compressionFactor: undefined,
  memory: undefined,
  window: undefined,
} as const;

/** Merges the settings of all groups into one table by name; no two groups have a setting of the same name. */
function joinTables(groups: readonly SettingGroup[]): Flags {
  return Object.assign({}, ...groups.map(({ settings }) => settings)) as Flags; // as they are
}

function findPreset(name: string, presets: Readonly<Record<string, Values>>): Values {
  if (Object.hasOwn(presets, name)) return presets[name];
  throw notOneOf('--preset', Object.keys(presets), name);
}

/**
 * Reads the settings in a JSON file: one flat object with the names of settings in `run.json`.
 *
 * @throws UsageError for another kind of file, an unknown setting, or a value out of range.
 */
async function readConfig(path: string, settings: Flags): Promise<Values> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(path, error);
  });
  return checkGiven(path, parseObject(path, text), settings);
}

/** Checks the names and values of settings. Error messages begin with `origin`, such as the file's path. */
function checkGiven(origin: string, given: Values, settings: Flags): Values {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(settings, name)) {
      const known = Object.keys(settings);
      const nearest = foreignNamesOf(known).get(name) ?? nearestName(name, known);
      const hint = nearest ? ` Did you mean ${nearest}?` : '';
      throw new UsageError(`${origin}: ${shownText(name)}: unknown setting.${hint}`);
    }
    const setting = settings[name];
    if (setting.kind !== 'list') checkValue(`${origin}: ${name}`, setting, value);
  }
  return given;
}

function parseObject(path: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    const reason = messageOf(error);
    throw new UsageError(`${path}: ${reason}`, { cause: error });
  }
  if (!isObject(value)) {
    throw new UsageError(`${path}: expected an object of settings, got ${shownValue(value)}`);
  }
  return { ...value };
}
