import { settingWords } from '../format/setting-words.js';

/** A group of settings in words: those that were chosen, and those at their defaults. */
export interface SettingGroup {
  readonly chosen: Readonly<Record<string, string>>;
  readonly defaults?: Readonly<Record<string, string>>;
}

/**
 * Tells settings that were chosen from those at their defaults. A setting is at its default when the
 * others alone come to the same value: so it may also be derived from them.
 *
 * @param complete - Fills in what is left out; may throw where it cannot be.
 */
export function splitSettings<Config extends object>(
  config: Config,
  complete: (given: Partial<Config>) => Config,
): SettingGroup {
  const chosen: Record<string, unknown> = {};
  const defaults: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(config)) {
    const others = { ...config, [name]: undefined };
    (valueWithout(others, name, complete) === value ? defaults : chosen)[name] = value;
  }
  return { chosen: settingWords(chosen), defaults: settingWords(defaults) };
}

function valueWithout<Config extends object>(
  others: Partial<Config>,
  name: string,
  complete: (given: Partial<Config>) => Config,
): unknown {
  try {
    return Reflect.get(complete(others), name);
  } catch {
    return undefined; // it must be given, or the others do not go with its default
  }
}
