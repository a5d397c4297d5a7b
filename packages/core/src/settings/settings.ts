/**
 * Properties that settings of all kinds have. A table of settings describes all fields of a record: the defaults, the
 * checks of values, the flags of the command line and their help come from this table.
 */
interface SettingBase<T> {
  /** Value of a field that is left out. A field without a default or a derived value is required. */
  readonly default?: T;
  /** Formula of the default, if it depends on other fields: `4 x nEmbd`. */
  readonly derived?: string;
  /** Whether older runs lack this field. Their value is `before`, or else the default. */
  readonly isLater?: true;
  readonly before?: T;
  /** Name of the field in older runs. */
  readonly formerly?: string;
  /** One sentence about the setting, with its unit. */
  readonly description: string;
  /** Advice in the error for a refused value. */
  readonly hint?: string;
  /** Whether the short help of a command shows the setting. The full help shows all. */
  readonly basic?: true;
}

/** A number with its range; `exclusive` excludes the named ends. */
export interface NumberSetting extends SettingBase<number> {
  readonly kind: 'integer' | 'number';
  readonly min?: number;
  readonly max?: number;
  readonly exclusive?: 'min' | 'max' | 'both';
}

/** An integer of at least 0. */
export const COUNT = { kind: 'integer', min: 0 } as const;
/** An integer of at least 1. */
export const POSITIVE_COUNT = { kind: 'integer', min: 1 } as const;
/** A number of at least 0. */
export const NOT_NEGATIVE = { kind: 'number', min: 0 } as const;
/** A number above 0. */
export const POSITIVE = { ...NOT_NEGATIVE, exclusive: 'min' } as const;
/** A number from 0 to 1. */
export const FRACTION = { ...NOT_NEGATIVE, max: 1 } as const;
/** A number above 0, at most 1. */
export const POSITIVE_FRACTION = { ...FRACTION, exclusive: 'min' } as const;
/** A number of at least 0, below 1. */
export const FRACTION_BELOW_1 = { ...FRACTION, exclusive: 'max' } as const;

/**
 * A setting whose value is one of a few names. With `isPattern`, it may be a list of names, such as
 * `local,compressed`.
 */
export interface ChoiceSetting<T extends string> extends SettingBase<T> {
  readonly kind: 'choice';
  readonly choices: readonly T[];
  /** Whether the value may be a list of names with commas between them. */
  readonly isPattern?: true;
}

/** A setting that is on or off. */
export interface BooleanSetting extends SettingBase<boolean> {
  readonly kind: 'boolean';
}

/** A setting whose value is any text. */
export interface StringSetting extends SettingBase<string> {
  readonly kind: 'string';
}

/** A setting whose value is a record, with its own check. */
export interface ObjectSetting extends SettingBase<never> {
  readonly kind: 'object';
  /**
   * Checks the record.
   *
   * @param name - Name of the setting in messages: `ropeScaling`, `--rope-scaling`.
   * @throws TypeError or RangeError that names the setting and the field.
   */
  readonly check: (value: unknown, name: string) => void;
}

/** One setting of a table, by its kind: its values, its default, and its sentence in the help. */
export type Setting =
  NumberSetting | ChoiceSetting<string> | BooleanSetting | StringSetting | ObjectSetting;

/** Type of the setting of a field of type `T`: a `NumberSetting` for numbers, and so on. */
type SettingOf<T> = [T] extends [number]
  ? NumberSetting
  : [T] extends [boolean]
    ? BooleanSetting
    : [T] extends [string]
      ? string extends T
        ? StringSetting
        : ChoiceSetting<T>
      : [T] extends [object]
        ? ObjectSetting
        : never;

/** A table with one setting per field. */
export type SettingTable<Config> = {
  readonly [K in keyof Config]-?: SettingOf<Exclude<Config[K], undefined>>;
};

/** The type of a record whose fields a table of settings describes. */
export type ConfigOf<Table extends Readonly<Record<string, Setting>>> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>;
};

type ValueOf<S extends Setting> = S extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : S['kind'] extends 'boolean'
    ? boolean
    : number;
