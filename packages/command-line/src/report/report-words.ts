import { counted } from '@ramble/core/files';
import type { SettingGroup } from '@ramble/explorer/pages';

import { formatShare } from '../format/format-number.js';
import { settingWords } from '../verb/flag.js';

/**
 * Separates chosen settings from those at their defaults. A setting is at its default if the other settings yield
 * the same value without it, so a derived value counts too.
 *
 * @param complete - Fills in missing settings; may throw if it cannot.
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
    return undefined; // it is required, or the other settings contradict its default
  }
}

/** The processes that trained together. */
export interface ReportedRanks {
  /** Name of each process's machine, by rank. */
  readonly hosts: readonly string[];
  /** Fraction of the time that the first process waited for sums over all processes, 0 to 1. */
  readonly waitedShare: number;
}

/** Describes ranks in a phrase: `4 ranks on ant, bee, 3.1 % of the time waiting for sums`. */
export function describeRanks({ hosts, waitedShare }: ReportedRanks): string {
  const machines = [...new Set(hosts)].join(', ');
  const waited = formatShare(waitedShare);
  return `${counted(hosts.length, 'rank')} on ${machines}, ${waited} of the time waiting for sums`;
}
