import {
  type AnyApp,
  SAMPLING_SETTINGS,
  type SamplingConfig,
  type SettingTable,
} from '@ramble/core';
import { type NumberSetting, outputRulesFeature, type Setting } from '@ramble/core/app';

/** Fields that are not called as the setting is; the others have its name in snake_case. */
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

/** Options of `generate` that are no settings, and have fields. */
const TOKEN_OPTIONS: readonly string[] = [
  ...['stopTokens', 'allowedTokens', 'suppressedTokens', 'beginSuppressedTokens'],
  ...['forcedLastToken', 'blockedSequences', 'logitBias'],
];

const NAMED: ReadonlySet<string> = new Set([...Object.keys(SAMPLING_SETTINGS), ...TOKEN_OPTIONS]);

/** `maxPolyphony` is `max_polyphony` in a request. */
export function fieldName(setting: string): string {
  return setting.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `max_polyphony` is the setting `maxPolyphony`. */
export function settingName(field: string): string {
  return field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The field of a request that is a setting of `sample`: `max_tokens` for `maxNewTokens`. */
export function fieldOf(setting: string): string {
  return Object.hasOwn(FIELD_OF, setting) ? FIELD_OF[setting] : fieldName(setting);
}

/** A message about settings, with the names of their fields: `n: expected at most num_beams (2), got 3`. */
export function inFieldNames(message: string): string {
  return message.replace(/\b[A-Za-z]+\b/g, (word) => (NAMED.has(word) ? fieldOf(word) : word));
}

/**
 * The fields of a request whose values are a number, a text or a yes or no and that are no sampling
 * settings, by OpenAI's names.
 */
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

/**
 * The fields of a request with their ranges and defaults, which are OpenAI's where it has them; the
 * README says what they do.
 */
export const FIELDS: SettingTable<Required<Fields>> = {
  model: { kind: 'string', derived: 'the one that is served', description: "The model's id." },
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
    description: 'Number of outputs that are written, of which the n likeliest are returned.',
  },
  stream: {
    kind: 'boolean',
    default: false,
    description: 'Whether to send text as it is written.',
  },
  echo: { kind: 'boolean', default: false, description: 'Whether to return the prompt too.' },
  logprobs: {
    kind: 'integer',
    min: 0,
    max: 5,
    derived: 'none',
    description:
      'Number of likeliest tokens whose log-probabilities are returned with those of the chosen ones.',
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
    derived: 'true where the domain has a grammar',
    description: "Whether to allow only tokens that meet the domain's constraints.",
  },
  use_beam_search: {
    kind: 'boolean',
    derived: 'with num_beams',
    description: 'Whether to search with best_of beams, else with n.',
  },
};

type Range = Pick<NumberSetting, 'min' | 'max' | 'exclusive'>;

/** Ranges that are OpenAI's, vLLM's or llama.cpp's where the settings have others. */
const RANGES: Partial<Readonly<Record<keyof SamplingConfig, Range>>> = {
  temperature: { max: 2 },
  topP: { exclusive: undefined }, // 0 is greedy
  topK: { min: -1 }, // as 0
  presencePenalty: { min: -2, max: 2 },
  frequencyPenalty: { min: -2, max: 2 },
  repetitionPenalty: { min: 0.01, max: 100, exclusive: undefined },
  seed: { min: -1 }, // another each time
};

/** Settings that are given in another form: `max_tokens` may be 0, `n` says how many beams are wanted. */
const APART: readonly string[] = ['maxNewTokens', 'nBest', 'earlyStopping'];

/** The sampling settings that are fields, by the names of the fields. */
const SETTING_OF: ReadonlyMap<string, keyof SamplingConfig> = new Map(
  (Object.keys(SAMPLING_SETTINGS) as (keyof SamplingConfig)[]) // its own keys
    .filter((name) => !APART.includes(name))
    .map((name) => [fieldOf(name), name]),
);

/** A field for each sampling setting, optional, as the domain has its own. */
export const SAMPLING_FIELDS: Readonly<Record<string, Setting>> = Object.fromEntries(
  Array.from(SETTING_OF, ([field, name]): [string, Setting] => {
    const open = {
      default: undefined,
      derived: "the domain's, else that of `sample`",
      hint: undefined,
    };
    return [field, { ...SAMPLING_SETTINGS[name], ...RANGES[name], ...open }]; // of one kind
  }),
);

/** The sampling settings that some fields ask for. */
export function askedSampling(
  fields: Readonly<Record<string, unknown>>,
): Readonly<Partial<SamplingConfig>> {
  const given = Array.from(SETTING_OF, ([field, name]) => [name, fields[field] ?? undefined]);
  const settings = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Partial<
    SamplingConfig // of whose table they are
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
  /** Settings by the field's name, `max_polyphony`. */
  readonly settings: Readonly<Record<string, Setting>>;
  /** Fields that hold a prompt in base64, where the command line names a file: `melody`. */
  readonly files: readonly string[];
}

/** The fields of a request that a domain adds: its settings by their names in snake_case. */
export function domainFields(app: Pick<AnyApp, 'prompting' | 'features'>): DomainFields {
  const { prompting } = app;
  const files = prompting?.files ?? [];
  const settings: Readonly<Record<string, Setting>> = {
    ...prompting?.settings,
    ...outputRulesFeature.of(app)?.settings,
  };
  // A path of the client's would be read on the server's machine: the content comes instead.
  const plain = Object.entries(settings).filter(([name]) => !files.includes(name));
  return {
    settings: Object.fromEntries(plain.map(([name, setting]) => [fieldName(name), setting])),
    files: files.map(fieldName),
  };
}
