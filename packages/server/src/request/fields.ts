import {
  type AnyApp,
  SAMPLING_SETTINGS,
  type SamplingConfig,
  type SettingTable,
} from '@ramble/core';
import { type NumberSetting, outputRulesFeature, type Setting } from '@ramble/core/app';

/** Names of the fields that are not the setting's name in snake_case, by the name of the setting. */
const FIELD_OF: Readonly<Record<string, string>> = {
  maxNewTokens: 'max_tokens',
  minNewTokens: 'min_tokens',
  count: 'n',
  nBest: 'n',
  stopToken: 'stop_token_ids',
  stopTokens: 'stop_token_ids',
  allowedToken: 'allowed_tokens',
  suppressedToken: 'suppressed_tokens',
  beginSuppressedToken: 'begin_suppressed_tokens',
  blockedSequence: 'blocked_sequences',
};

/** Options of `generate` that a request may have as fields, although `sample` has no settings of these names. */
const TOKEN_OPTIONS: readonly string[] = [
  ...['stopTokens', 'allowedTokens', 'suppressedTokens', 'beginSuppressedTokens'],
  ...['forcedLastToken', 'blockedSequences', 'logitBias'],
];

const NAMED: ReadonlySet<string> = new Set([...Object.keys(SAMPLING_SETTINGS), ...TOKEN_OPTIONS]);

/** Returns the name of a setting in snake_case: `max_polyphony` for `maxPolyphony`. */
export function fieldName(setting: string): string {
  return setting.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Returns the name of a field in camelCase, as settings have it: `maxPolyphony` for `max_polyphony`. */
export function settingName(field: string): string {
  return field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Returns the name of the field for a setting of the command `sample`: `max_tokens` for `maxNewTokens`. */
export function fieldOf(setting: string): string {
  return Object.hasOwn(FIELD_OF, setting) ? FIELD_OF[setting] : fieldName(setting);
}

/** Replaces names of settings in a message by their fields: `n: expected at most num_beams (2), got 3`. */
export function inFieldNames(message: string): string {
  return message.replace(/\b[A-Za-z]+\b/g, (word) => (NAMED.has(word) ? fieldOf(word) : word));
}

/** Fields of a request that are numbers, texts or booleans and no sampling settings, by OpenAI's names. */
export interface Fields {
  readonly model?: string;
  readonly max_tokens?: number;
  readonly n: number;
  readonly best_of?: number;
  readonly stream: boolean;
  readonly echo: boolean;
  readonly logprobs?: number;
  readonly forced_last_token?: number;
  readonly ignore_eos: boolean;
  readonly grammar?: boolean;
  readonly use_beam_search?: boolean;
}

/** Fields of a request with ranges and defaults, which are OpenAI's if it has the field; see the README. */
export const FIELDS: SettingTable<Required<Fields>> = {
  model: { kind: 'string', derived: 'the first model', description: "The model's id." },
  max_tokens: {
    kind: 'integer',
    min: 0,
    derived: '16 for text; elsewhere as many as sample writes',
    description: 'Maximum number of tokens that are added to the prompt.',
  },
  n: { kind: 'integer', min: 1, default: 1, description: 'Number of outputs of each prompt.' },
  best_of: {
    kind: 'integer',
    min: 1,
    derived: 'n',
    description: 'Number of outputs that are written; the n most probable are returned.',
  },
  stream: {
    kind: 'boolean',
    default: false,
    description: 'Send text as it is written.',
  },
  echo: { kind: 'boolean', default: false, description: 'Return the prompt too.' },
  logprobs: {
    kind: 'integer',
    min: 0,
    max: 5,
    derived: 'none',
    description:
      "Number of most probable tokens whose log-probabilities are returned in addition to the chosen token's.",
  },
  forced_last_token: {
    kind: 'integer',
    min: 0,
    derived: 'none',
    description: 'The only token that may end an output of max_tokens.',
  },
  ignore_eos: {
    kind: 'boolean',
    default: false,
    description: "Never takes the token that ends an output, as llama.cpp's server means it.",
  },
  grammar: {
    kind: 'boolean',
    derived: 'true if the domain has a grammar',
    description: "Allow only tokens that meet the domain's constraints.",
  },
  use_beam_search: {
    kind: 'boolean',
    derived: 'with num_beams',
    description: 'Search with best_of beams, else with n.',
  },
};

type Range = Pick<NumberSetting, 'min' | 'max' | 'exclusive'>;

/** Ranges of OpenAI, vLLM or llama.cpp that differ from the settings' ranges. */
const RANGES: Partial<Readonly<Record<keyof SamplingConfig, Range>>> = {
  temperature: { max: 2 },
  topP: { exclusive: undefined }, // 0 is greedy
  topK: { min: -1 }, // as 0
  presencePenalty: { min: -2, max: 2 },
  frequencyPenalty: { min: -2, max: 2 },
  repetitionPenalty: { min: 0.01, max: 100, exclusive: undefined },
  seed: { min: -1 }, // a new seed for each request
};

/**
 * Sampling settings that are not fields of the same name. Requests express them otherwise: `max_tokens` may be 0, and
 * `n` counts outputs.
 */
const RENAMED_SETTINGS: readonly string[] = ['maxNewTokens', 'nBest', 'earlyStopping'];

/** The sampling settings that are fields, by the names of the fields. */
const SETTING_OF: ReadonlyMap<string, keyof SamplingConfig> = new Map(
  (Object.keys(SAMPLING_SETTINGS) as (keyof SamplingConfig)[]) // keys of the table itself
    .filter((name) => !RENAMED_SETTINGS.includes(name))
    .map((name) => [fieldOf(name), name]),
);

/** A field for each sampling setting; optional, because the domain has defaults. */
export const SAMPLING_FIELDS: Readonly<Record<string, Setting>> = Object.fromEntries(
  Array.from(SETTING_OF, ([field, name]): [string, Setting] => {
    const open = {
      default: undefined,
      derived: "the domain's default, else the default of `sample`",
      hint: undefined,
    };
    return [field, { ...SAMPLING_SETTINGS[name], ...RANGES[name], ...open }]; // of one kind
  }),
);

/** Returns the given fields that are sampling settings, by the names of the settings: `top_p` becomes `topP`. */
export function askedSampling(
  fields: Readonly<Record<string, unknown>>,
): Readonly<Partial<SamplingConfig>> {
  const given = Array.from(SETTING_OF, ([field, name]) => [name, fields[field] ?? undefined]);
  const settings = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Partial<
    SamplingConfig // the table's own type
  >;
  const { topK, topP, seed, ...others } = settings;
  return {
    ...others,
    ...(topK !== undefined && { topK: Math.max(0, topK) }),
    ...(topP === 0 ? { temperature: 0 } : topP !== undefined && { topP }),
    ...(seed !== undefined && seed >= 0 && { seed }),
  };
}

/** Request fields that a domain adds for its prompts and outputs. */
export interface DomainFields {
  /** Settings by the names of their fields, such as `max_polyphony`. */
  readonly settings: Readonly<Record<string, Setting>>;
  /**
   * Names of fields that contain a prompt in base64, such as `melody`; on the command line, the same setting names a
   * file.
   */
  readonly files: readonly string[];
}

/** Returns the request fields that an app adds: its settings by their names in snake_case. */
export function domainFields(app: Pick<AnyApp, 'prompting' | 'features'>): DomainFields {
  const { prompting } = app;
  const files = prompting?.files ?? [];
  const settings: Readonly<Record<string, Setting>> = {
    ...prompting?.settings,
    ...outputRulesFeature.of(app)?.settings,
  };
  // A client's path would be read on the server's machine, so the field takes the content.
  const plain = Object.entries(settings).filter(([name]) => !files.includes(name));
  return {
    settings: Object.fromEntries(plain.map(([name, setting]) => [fieldName(name), setting])),
    files: files.map(fieldName),
  };
}
