import type { SettingTable } from '@ramble/core';
import type { Setting } from '@ramble/core/app';

/** A flag that takes one or more values: `--data a.txt b.txt`. */
interface ListFlag {
  readonly kind: 'list';
  /** Whether the flag is repeated for several values, `--prompt a --prompt b`, with one value each time. */
  readonly repeats?: true;
  /** Text for the help that says what applies without the flag. If absent, the flag is required. */
  readonly derived?: string;
  readonly description: string;
  readonly basic?: true;
}

/** A flag of the command line: a setting with a placeholder for its value in the help. */
export type Flag = (Setting | ListFlag) & {
  readonly placeholder?: string;
  /**
   * Kind of existing thing that the value names, for completion in a shell: a run, or a model. A model is a
   * run or can be imported as one.
   */
  readonly names?: 'run' | 'model';
};

/** Flags by name in camelCase. */
export type Flags = Readonly<Record<string, Flag>>;

type FlagOf<T> = [T] extends [readonly string[]]
  ? ListFlag
  : SettingTable<{ readonly value: T }>['value'];

/** The value of a flag, by its kind. */
type ValueOf<F> = F extends { readonly kind: 'list' }
  ? readonly string[]
  : F extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : F extends { readonly kind: 'boolean' }
      ? boolean
      : F extends { readonly kind: 'integer' | 'number' }
        ? number
        : string;

/** Names of the optional flags: their declaration has `derived`, which describes what applies without the flag. */
type OptionalIn<Table> = {
  [K in keyof Table]: Table[K] extends { readonly derived: string } ? K : never;
}[keyof Table];

/** The values of a table of flags, by name. */
export type FlagValues<Table> = {
  readonly [K in Exclude<keyof Table, OptionalIn<Table>>]: ValueOf<Table[K]>;
} & { readonly [K in OptionalIn<Table>]?: ValueOf<Table[K]> };

/**
 * A table with one flag per field: `{ out: string; valid?: readonly string[] }` needs a flag `--out` of kind
 * `string` and `--valid` of kind `list`. The flag of an optional field must have `derived`.
 */
export type FlagTable<Values> = {
  readonly [K in keyof Values]-?: FlagOf<Exclude<Values[K], undefined>> &
    Pick<Flag, 'placeholder' | 'names'> &
    (undefined extends Values[K] ? { readonly derived: string } : unknown);
};

/** A flag that is off unless it is given. */
export const SWITCH = { kind: 'boolean', default: false } as const;

/** Base of optional flags whose value is the path of a file. */
export const OPTIONAL_FILE = { kind: 'string', placeholder: 'file', derived: 'none' } as const;

/** Base of flags whose value names a run, or a model to import. */
export const MODEL_NAME = { kind: 'string', placeholder: 'run', names: 'model' } as const;

/** Base of flags whose value is a count, at least 1. */
export const COUNT = { kind: 'integer', min: 1 } as const;

/** Base of flags whose value is a number greater than 0. */
export const POSITIVE = { kind: 'number', min: 0, exclusive: 'min' } as const;

/** Base of optional flags that are repeated for several values. */
export const REPEATED = { kind: 'list', repeats: true, derived: 'none' } as const;

/** Flags of every verb. */
export const COMMON_FLAGS = {
  json: { ...SWITCH, description: 'Print results as JSON.' },
  quiet: { ...SWITCH, description: 'Print only results and errors.' },
  debug: { ...SWITCH, description: 'Show the stack trace of an error.' },
  help: { ...SWITCH, description: 'Show the options that matter most.' },
  helpAll: { ...SWITCH, description: 'Show all options.' },
} as const satisfies Flags;

export const ENGINE_FLAG = {
  engine: {
    kind: 'string',
    placeholder: 'name',
    derived: 'the fastest on this machine',
    description: 'The engine that computes: see `ramble engines`.',
  },
  threads: {
    ...COUNT,
    max: 256,
    derived: 'the processors that ramble may use',
    description: 'Number of threads of the native engine.',
  },
} as const satisfies Flags;

/** The flags of every verb that runs a model. */
export type EngineFlag = FlagValues<typeof ENGINE_FLAG>;

/** Converts a setting's name to its flag: `nLayer` to `--n-layer`. */
export function flagName(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Replaces names of settings in an error message by flags: the name at its beginning, names in camelCase, and names
 * with a value (`unknown: 'replace'` becomes `--unknown replace`). Removes final advice about settings that are not
 * flags.
 *
 * `nHead: expected a divisor of nEmbd (384), got 7` becomes
 * `--n-head: expected a divisor of --n-embd (384), got 7`.
 */
export function nameFlags(message: string, settings: readonly string[]): string {
  const known = new Set(settings);
  const advised = /\. Use (\w+): '[^']*'[^.]*\.$/.exec(message);
  const useful = advised && !known.has(advised[1]) ? message.slice(0, advised.index) : message;
  const typed = useful.replace(/\b(\w+): '([^']*)'/g, (code, word: string, value: string) =>
    known.has(word) ? `${flagName(word)} ${value}` : code,
  );
  return typed.replace(/(?<![\w-])[a-z]\w*/gi, (word, start: number) => {
    const isSubject = start === 0 && message[word.length] === ':';
    return known.has(word) && (isSubject || /[A-Z]/.test(word)) ? flagName(word) : word;
  });
}

/**
 * Returns the name of a setting at the beginning of an error message, before a colon; `undefined` if it begins
 * otherwise.
 */
export function subjectOf(message: string): string | undefined {
  return /^(\w+): /.exec(message)?.[1];
}

/** Parses a number such as `3`, `-0.5` or `1e-3`; returns any other text unchanged. */
export function parseNumber(text: string): number | string {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/** Values of settings or flags, by name. */
export type Values = Readonly<Record<string, unknown>>;

/** Returns only those given settings that a table of settings declares. */
export function settingsIn(table: object, given: Values): Values {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(table, name)));
}

type Settings = Readonly<Record<string, Setting>>;

/** Returns the settings with an app's own values as their defaults, which the help then shows. */
export function withDefaults(settings: Settings, defaults: Values = {}): Settings {
  const entries = Object.entries(settings).map(([name, setting]): [string, Setting] => {
    if (!Object.hasOwn(defaults, name)) return [name, setting];
    return [name, { ...setting, default: defaults[name] } as Setting]; // an app's defaults are checked when they are used
  });
  return Object.fromEntries(entries);
}

/**
 * Formats the values of settings as text, by name, without undefined ones, such as the window size of a model without a
 * window.
 */
export function settingWords(settings: object): Record<string, string> {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
}
