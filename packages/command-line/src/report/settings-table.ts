import { counted, escapeHtml } from '@ramble/core/files';

import { formatShare } from '../format/format-number.js';
import { settingWords } from '../verb/flag.js';

/** Settings by name under a heading, as an HTML table; those at their defaults fold away. */
export function settingsTable(heading: string, { chosen, defaults = {} }: SettingGroup): string {
  const count = Object.keys(defaults).length;
  const folded =
    count === 0
      ? ''
      : `\n<details>\n<summary>${count} at ${count === 1 ? 'its default' : 'their defaults'}</summary>\n<table>\n${rowsOf(defaults)}\n</table>\n</details>`;
  const caption = `<caption>${escapeHtml(heading)}</caption>`;
  return `<div>\n<table>\n${caption}\n${rowsOf(chosen)}\n</table>${folded}\n</div>`;
}

function rowsOf(rows: Readonly<Record<string, string>>): string {
  const lines = Object.entries(rows).map(
    ([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`,
  );
  return lines.join('\n');
}

/** A group of settings in words: those that were chosen, and those at their defaults. */
export interface SettingGroup {
  readonly chosen: Readonly<Record<string, string>>;
  readonly defaults?: Readonly<Record<string, string>>;
}

/**
 * Separates chosen settings from those at their defaults. A setting is at its default if the other settings
 * alone yield the same value, so that it may also be derived from them.
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
    return undefined; // it must be given, or the others do not go with its default
  }
}

/** The processes that trained together. */
export interface ReportedRanks {
  /** The name of each one's machine, by rank. */
  readonly hosts: readonly string[];
  /** Share of the time that the first one waited for sums over all, 0 to 1. */
  readonly waitedShare: number;
}

/** Describes ranks in a phrase: `4 ranks on ant, bee, 3.1 % of the time waiting for sums`. */
export function describeRanks({ hosts, waitedShare }: ReportedRanks): string {
  const machines = [...new Set(hosts)].join(', ');
  const waited = formatShare(waitedShare);
  return `${counted(hosts.length, 'rank')} on ${machines}, ${waited} of the time waiting for sums`;
}

/** The numbers that matter, by what they are, as HTML. */
export function factList(facts: Readonly<Record<string, string>>): string {
  const items = Object.entries(facts).map(
    ([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="facts">\n${items.join('\n')}\n</dl>`;
}
