import type { Setting, SettingTable } from '@ramble/core';

/** A flag that takes one or more values: `--data a.txt b.txt`. */
interface ListFlag {
  readonly kind: 'list';
  /** Takes one value each time that it is typed: `--prompt a --prompt b`. */
  readonly repeats?: true;
  /** Says what happens without it; a list without this must be given. */
  readonly derived?: string;
  readonly description: string;
  readonly basic?: true;
}

/** A flag of the command line: like a setting, with the word that stands for its value in help. */
export type Flag = (Setting | ListFlag) & {
  readonly placeholder?: string;
  /**
   * What exists already that the value names: a run, or a model, which is a run or can be imported as one. A shell
   * completes it.
   */
  readonly names?: 'run' | 'model';
};

/** Flags by name in camelCase. */
export type Flags = Readonly<Record<string, Flag>>;

type FlagOf<T> = [T] extends [readonly string[]]
  ? ListFlag
  : SettingTable<{ readonly value: T }>['value'];

/**
 * A table with one flag per field: `{ out: string; valid?: readonly string[] }` needs a flag
 * `--out` of kind `string` and `--valid` of kind `list`. What may be left out says what it becomes
 * (`derived`).
 */
export type FlagTable<Values> = {
  readonly [K in keyof Values]-?: FlagOf<Exclude<Values[K], undefined>> &
    Pick<Flag, 'placeholder' | 'names'> &
    (undefined extends Values[K] ? { readonly derived: string } : unknown);
};

/** Flags of every verb. */
export interface CommonFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly help: boolean;
  readonly helpAll: boolean;
}

export const COMMON_FLAGS: FlagTable<CommonFlags> = {
  json: { kind: 'boolean', default: false, description: 'Print results as JSON.' },
  quiet: { kind: 'boolean', default: false, description: 'Print nothing but results and errors.' },
  debug: { kind: 'boolean', default: false, description: 'Show the stack trace of an error.' },
  help: { kind: 'boolean', default: false, description: 'Show the options that matter most.' },
  helpAll: { kind: 'boolean', default: false, description: 'Show all options.' },
};

/** The flags of every verb that runs a model. */
export interface EngineFlag {
  readonly engine?: string;
  readonly threads?: number;
}

export const ENGINE_FLAG: FlagTable<EngineFlag> = {
  engine: {
    kind: 'string',
    placeholder: 'name',
    derived: 'the fastest on this machine',
    description: 'The engine that computes: see `ramble engines`.',
  },
  threads: {
    kind: 'integer',
    min: 1,
    max: 256,
    derived: 'the processors that ramble may use',
    description: 'Number of threads of the native engine.',
  },
};
