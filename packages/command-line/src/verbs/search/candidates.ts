import { type AnyApp, randomAt } from '@ramble/core';
import { checkSetting, foreignNamesOf, nearestName, type Setting } from '@ramble/core/app';
import { messageOf } from '@ramble/core/files';

import { UsageError } from '../../verb/exit-errors.js';
import { flagName, parseNumber, type Values } from '../../verb/flag.js';
import type { SettingGroup } from '../../verb/verb.js';
import { trainSettings } from '../train/train-flags.js';

type Settings = Readonly<Record<string, Setting>>;

/**
 * Settings of `train` that a search does not accept: it chooses them itself, or they would make losses incomparable.
 */
export const OWN_SETTINGS = [
  ...['maxMinutes', 'evalInterval', 'evalBatches', 'patience', 'bestBy', 'scoredExamples'],
  ...['saveInterval', 'preference', 'preferenceBeta'],
];
/** Settings that may be given for a search, but not searched: all trials have the same value. */
export const COMMON_SETTINGS = ['maxSteps', 'saveMinutes', 'logInterval', 'seed'];

/** Returns the settings of `train`, with the descriptions and defaults that they have in a search. */
export function searchSettings(app: AnyApp): SettingGroup[] {
  return trainSettings(app).map(({ title, settings }) => {
    if (!Object.hasOwn(settings, 'maxSteps')) return { title, settings };
    const { maxSteps, schedule } = settings;
    const own: Record<string, Setting> = {
      maxSteps: {
        ...maxSteps,
        derived: 'none, as minutes are given',
        description: 'Number of updates in the last rung.',
      },
      schedule: { ...schedule, derived: 'wsd' },
    };
    return { title, settings: { ...settings, ...own } };
  });
}

/** A searched setting. */
export interface SearchAxis {
  readonly name: string;
  /** Values to try, in ascending order or as given. */
  readonly values: readonly unknown[];
  /** Value that the setting has if it is not searched. */
  readonly start: unknown;
}

/** The settings that `--over` may name. */
export interface SearchSpace {
  /** All settings of the verb, by name. */
  readonly settings: Settings;
  /** Names of settings that are equal for all trials. */
  readonly fixed: readonly string[];
  /** Names of flags that are not settings, such as `data`. */
  readonly flags: readonly string[];
  /** Given values of settings, around which the default values are chosen. */
  readonly given: Values;
}

/**
 * Parses `--over`: `learning-rate=0.001:0.01,n-layer` has two values of one setting, and default values of another.
 *
 * @throws UsageError for a setting that is unknown, fixed or named twice, and for values that it does not allow.
 */
export function parseOver(words: readonly string[], space: SearchSpace): SearchAxis[] {
  const axes = words
    .flatMap((word) => word.split(','))
    .map((part) => {
      const parts = part.split(/=(.*)/s, 2);
      const [typed] = parts;
      const list = parts.at(1);
      const name = settingOf(typed, space);
      const setting = space.settings[name];
      const start = space.given[name] ?? setting.default;
      const values =
        list === undefined
          ? defaultValues(typed, setting, start)
          : list.split(':').map((text) => parseValue(typed, setting, text));
      return { name, values: [...new Set(values)], start };
    });
  const twice = axes.find(({ name }, i) => axes.findIndex((axis) => axis.name === name) < i);
  if (twice) throw new UsageError(`--over: expected each flag once, got ${word(twice.name)} twice`);
  return axes;
}

/** Returns the name of a setting as `--over` has it: `learning-rate`. */
export function word(name: string): string {
  return flagName(name).slice(2);
}

/** Returns a trial's searched settings as words: `n-layer 2, dropout 0.1`. */
export function valueWords({ values }: { readonly values: Values }): string {
  const words = Object.entries(values).map(([name, value]) => `${word(name)} ${String(value)}`);
  return words.join(', ');
}

/**
 * Returns the name of a setting, such as `learningRate`, from its name in `--over`, such as `learning-rate`.
 *
 * @throws UsageError unless the setting can be searched.
 */
function settingOf(typed: string, { settings, fixed, flags }: SearchSpace): string {
  if (typed === '')
    throw new UsageError(
      '--over: the name of a setting is missing; separate names by single commas',
    );
  const name = typed.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (fixed.includes(name) || flags.includes(name)) {
    throw new UsageError(`--over: ${typed} cannot be searched, as it is the same for all trials`);
  }
  if (Object.hasOwn(settings, name)) return name;
  const known = Object.keys(settings).filter((each) => !fixed.includes(each));
  const nearest = foreignNamesOf(known).get(name) ?? nearestName(name, known);
  const hint = nearest === undefined ? '' : ` Did you mean ${word(nearest)}?`;
  throw new UsageError(`--over: ${typed}: unknown flag.${hint}`);
}

function parseValue(typed: string, setting: Setting, text: string): unknown {
  const { kind } = setting;
  const isSwitch = kind === 'boolean' && ['true', 'false'].includes(text);
  const value =
    kind === 'integer' || kind === 'number' ? parseNumber(text) : isSwitch ? text === 'true' : text;
  try {
    checkSetting(`--over: ${typed}`, setting, value);
    return value;
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

/**
 * Returns the values to try for a setting: all choices, both values of a switch, or `start` and a lower and a higher
 * number, if they are allowed. An integer is halved and doubled; another number is divided and multiplied by the
 * square root of 10. For a fraction close to 1, its distance from 1 is divided and multiplied instead.
 *
 * @throws UsageError for a setting of another kind, or a number whose start is unknown or 0.
 */
function defaultValues(typed: string, setting: Setting, start: unknown): readonly unknown[] {
  if (setting.kind === 'boolean') return [false, true];
  if (setting.kind === 'choice') return setting.choices;
  if (typeof start !== 'number' || start === 0) {
    throw new UsageError(
      `--over: ${typed} has no values that follow from its default; give them as ${typed}=A:B:C`,
    );
  }
  const isNearOne = 'max' in setting && setting.max === 1 && start > 0.5;
  const factors = setting.kind === 'integer' ? [0.5, 1, 2] : [10 ** -0.5, 1, 10 ** 0.5];
  const around = factors.map((factor) => {
    const value = isNearOne ? 1 - (1 - start) / factor : start * factor;
    if (factor === 1) return start;
    return setting.kind === 'integer' ? Math.round(value) : Number(value.toPrecision(2));
  });
  return around.filter((value) => isAllowed(setting, value)).sort((a, b) => a - b);
}

function isAllowed(setting: Setting, value: unknown): boolean {
  try {
    checkSetting('value', setting, value);
    return true;
  } catch {
    return false;
  }
}

/** Returns the first searched setting that is an option of the domain, since such a setting may change the tokens. */
export function tokenAxis({ options }: AnyApp, searched: object): string | undefined {
  return Object.keys(searched).find((name) => Object.hasOwn(options, name));
}

/** Maximum number of combinations; each is checked. */
const MAX_COMBINATIONS = 10_000;

interface DrawOptions {
  /** Maximum number of candidates. */
  readonly trials: number;
  readonly seed: number;
  /** Throws an error for values that contradict each other. */
  readonly check: (values: Values) => void;
}

/**
 * Draws combinations of values without replacement, in the order of the grid. The combination of all start values is
 * always among them, if the grid has it. The draw depends only on the seed and the grid.
 *
 * @returns the candidates, and the number of combinations that contradict themselves.
 * @throws UsageError for too many combinations, or fewer than two candidates; the error of `check` if no combination
 *   passes it.
 */
export function drawCandidates(
  axes: readonly SearchAxis[],
  { trials, seed, check }: DrawOptions,
): { readonly candidates: readonly Values[]; readonly refused: number } {
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (count > MAX_COMBINATIONS) {
    throw new UsageError(
      `--over: expected at most ${MAX_COMBINATIONS} combinations of values, got ${count}`,
    );
  }
  let all: Values[] = [{}];
  for (const { name, values } of axes) {
    all = all.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
  }
  let reason: unknown;
  const possible = all.filter((values) => {
    try {
      check(values);
      return true;
    } catch (error) {
      reason = error;
      return false;
    }
  });
  if (possible.length === 0) throw reason;
  if (possible.length < 2) {
    throw new UsageError('--over: expected at least 2 candidates to compare, got 1');
  }
  const random = randomAt({ seed, purpose: 'shuffle', step: 0 });
  const isStart = (values: Values): boolean =>
    axes.every(({ name, start }) => values[name] === start);
  const drawn = possible
    .map((values, place) => ({ place, key: isStart(values) ? -1 : random.uniform(place) }))
    .sort((a, b) => a.key - b.key || a.place - b.place)
    .slice(0, trials)
    .sort((a, b) => a.place - b.place);
  return {
    candidates: drawn.map(({ place }) => possible[place]),
    refused: all.length - possible.length,
  };
}

/** Settings on which the time of a step does not depend. */
const TIMELESS = new Set([
  ...['learningRate', 'minLearningRate', 'warmupSteps', 'schedule', 'weightDecay'],
  ...['beta1', 'beta2', 'eps', 'loraAlpha'],
]);

/**
 * Returns the measured paces, equalized: candidates that differ only in `TIMELESS` settings all get the shortest step
 * time among them.
 */
export function equalPaces<Pace extends { readonly step: number }>(
  candidates: readonly Values[],
  paces: readonly Pace[],
): Pace[] {
  const works = candidates.map((values) =>
    JSON.stringify(Object.entries(values).filter(([name]) => !TIMELESS.has(name))),
  );
  return paces.map((pace, i) => {
    const same = paces.filter((_, j) => works[j] === works[i]);
    return { ...pace, step: Math.min(...same.map(({ step }) => step)) };
  });
}
