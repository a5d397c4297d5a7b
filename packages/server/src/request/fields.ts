import {
  type NumberSetting,
  SAMPLING_SETTINGS,
  type SamplingConfig,
  type Setting,
  type SettingTable,
} from '@ramble/core';

import { fieldOf } from './field-names.js';

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
