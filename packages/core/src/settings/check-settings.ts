import { shownText, shownValue } from '../files/shown-text.js';
import type { NumberSetting, Setting, SettingTable } from './settings.js';

/**
 * Fills in the defaults and checks every field against its table. A field that is derived from others stays
 * `undefined` if it is not given.
 *
 * @param given - Fields by name, from a caller, a file or a command line.
 * @returns the complete record.
 * @throws TypeError for an unknown field, a missing field or a value of another kind.
 * @throws RangeError for a value out of range.
 */
export function checkSettings<Config>(
  table: SettingTable<Config>,
  given: Readonly<Record<string, unknown>>,
): Config {
  const settings = table as Readonly<Record<string, Setting>>; // the same table, fields as strings
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(settings, name)) {
      const nearest = nearestName(name, Object.keys(settings));
      throw new TypeError(
        `${shownText(name)}: unknown setting.${nearest ? ` Did you mean ${nearest}?` : ''}`,
      );
    }
  }
  const checked = Object.entries(settings).map(([name, setting]) => {
    const value = given[name] ?? setting.default;
    if (value !== undefined || setting.derived === undefined) checkSetting(name, setting, value);
    return [name, value];
  });
  return Object.fromEntries(checked) as Config; // every field of the table has passed its check
}

/** Range of the integers that a JavaScript number represents exactly. */
const SAFE = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };

/**
 * Checks a value against its setting.
 *
 * @throws TypeError or RangeError if the setting does not allow the value.
 */
export function checkSetting(name: string, setting: Setting, value: unknown): void {
  const expected = describeSetting(isUnsafe(setting, value) ? { ...SAFE, ...setting } : setting);
  const hint = setting.hint === undefined ? '' : `; ${setting.hint}`;
  const message = `${name}: expected ${expected}, got ${shownValue(value)}${hint}`;
  switch (setting.kind) {
    case 'integer':
    case 'number':
      if (typeof value !== 'number') throw new TypeError(message);
      if (!inRange(setting, value)) throw new RangeError(message);
      return;
    case 'choice': {
      if (typeof value !== 'string') throw new TypeError(message);
      const chosen = setting.isPattern ? value.split(',') : [value];
      if (!chosen.every((choice) => setting.choices.includes(choice))) {
        throw new RangeError(message);
      }
      return;
    }
    case 'boolean':
    case 'string':
      if (typeof value !== setting.kind) throw new TypeError(message);
      return;
    case 'object':
      if (typeof value !== 'object' || value === null) throw new TypeError(message);
      setting.check(value, name);
  }
}

/** Describes the values of a setting, for messages and help: `an integer of at least 1`. */
export function describeSetting(setting: Setting): string {
  switch (setting.kind) {
    case 'choice': {
      const [last, ...others] = [...setting.choices].reverse();
      const one = others.length > 0 ? `${others.reverse().join(', ')} or ${last}` : last;
      return setting.isPattern ? `${one}, or several with commas between` : one;
    }
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'a string';
    case 'object':
      return 'an object';
    case 'integer':
    case 'number':
      return `${setting.kind === 'integer' ? 'an integer' : 'a number'}${describeRange(setting)}`;
  }
}

function describeRange({ min, max, exclusive }: NumberSetting): string {
  const above = exclusive === 'min' || exclusive === 'both' ? 'above' : 'of at least';
  const below = exclusive === 'max' || exclusive === 'both' ? 'below' : 'at most';
  const parts = [
    ...(min === undefined ? [] : [`${above} ${min}`]),
    ...(max === undefined ? [] : [`${below} ${max}`]),
  ];
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
}

/**
 * Whether the setting requires an integer and the value is too large to be exact. The error must then state the range.
 */
function isUnsafe(setting: Setting, value: unknown): setting is NumberSetting {
  return setting.kind === 'integer' && Number.isInteger(value) && !Number.isSafeInteger(value);
}

function inRange({ kind, min, max, exclusive }: NumberSetting, value: number): boolean {
  if (kind === 'integer' ? !Number.isSafeInteger(value) : !Number.isFinite(value)) return false;
  if (min !== undefined && value < min) return false;
  if (max !== undefined && value > max) return false;
  if (value === min && (exclusive === 'min' || exclusive === 'both')) return false;
  return !(value === max && (exclusive === 'max' || exclusive === 'both'));
}

/**
 * Maximum length of a name to correct: longer names are no typing errors, and the comparison takes time for
 * every pair of letters.
 */
const LONGEST_NAME = 100;

/**
 * Returns the known name that a mistyped name most likely means. It is equal except for case and punctuation,
 * or its edit distance is at most a third of the name's length. If both names have the same number of words,
 * each word must be near: `evalSteps` is no typing error for `maxSteps`. If no name is near, returns the
 * first known name that contains all typed words in a row: `maxMinutes` for `minutes`.
 *
 * @returns `undefined` if no known name matches.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked.at(0);
  return best && best.distance < Infinity ? best.candidate : longerName(name, known);
}

/** Returns the first known name that contains the words of a name, unless the name is a single letter. */
function longerName(name: string, known: readonly string[]): string | undefined {
  const forms = [name, name.toLowerCase()].map((form) => wordsOf(form).join(' '));
  if (forms[0].length < 2) return undefined;
  return known.find((candidate) => {
    const words = ` ${wordsOf(candidate).join(' ')} `;
    return forms.some((form) => words.includes(` ${form} `));
  });
}

/** Returns the number of edits between two names; infinite if it is too large for a typing error. */
function distanceOf(name: string, candidate: string): number {
  const [typed, meant] = [wordsOf(name), wordsOf(candidate)];
  const distance = editDistance(typed.join(''), meant.join(''));
  const isNear = (edits: number, word: string): boolean => edits <= Math.max(1, word.length / 3);
  if (!isNear(distance, typed.join(''))) return Infinity;
  const areNear =
    typed.length !== meant.length ||
    typed.every((word, i) => isNear(editDistance(word, meant[i]), word));
  return areNear ? distance : Infinity;
}

function wordsOf(name: string): string[] {
  const apart = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return apart.split(/[^a-z0-9]+/).filter((word) => word !== '');
}

/** Counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = swap ? beforeLast[j - 2] + 1 : Infinity;
      row.push(Math.min(row[j - 1] + 1, last[j] + 1, replaced, swapped));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length];
}
