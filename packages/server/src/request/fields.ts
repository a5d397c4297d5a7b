import { SAMPLING_SETTINGS, type SettingTable } from '@ramble/core';

/**
 * The fields of a request whose values are a number, a text or a yes or no, by OpenAI's names; those
 * that OpenAI does not have are called as other servers call them. What has no default here has the
 * domain's.
 */
export interface Fields {
  readonly model?: string;
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly n: number;
  readonly best_of?: number;
  readonly stream: boolean;
  readonly echo: boolean;
  readonly logprobs?: number;
  readonly seed?: number;
  readonly presence_penalty?: number;
  readonly frequency_penalty?: number;
  readonly method?: 'random' | 'greedy';
  readonly top_h?: number;
  readonly top_k?: number;
  readonly min_p?: number;
  readonly typical_p?: number;
  readonly epsilon_cutoff?: number;
  readonly eta_cutoff?: number;
  readonly repetition_penalty?: number;
  readonly no_repeat_ngram_size?: number;
  readonly stop_token_start?: number;
  readonly stop_token_factor?: number;
  readonly forced_last_token?: number;
  readonly slide_share?: number;
  readonly min_tokens: number;
  readonly ignore_eos: boolean;
  readonly num_beams?: number;
  readonly length_penalty?: number;
  readonly length_penalty_form?: 'power' | 'gnmt';
  readonly renormalize_logits?: boolean;
}

/** What a field is where a request does not say and the domain has nothing of its own. */
const OF_DOMAIN = "the domain's, else OpenAI's";

/** Their ranges and defaults, which are OpenAI's where it has them; the README tells what they do. */
export const FIELDS: SettingTable<Required<Fields>> = {
  model: { kind: 'string', derived: 'the one that is served', description: "The model's id." },
  max_tokens: {
    kind: 'integer',
    min: 0,
    derived: '16 for text; elsewhere as many as sample writes',
    description: 'Maximum number of tokens that are added to the prompt.',
  },
  temperature: {
    kind: 'number',
    min: 0,
    max: 2,
    derived: OF_DOMAIN,
    description: 'Divides the logits; 0 takes the most likely token.',
  },
  top_p: {
    kind: 'number',
    min: 0,
    max: 1,
    derived: OF_DOMAIN,
    description: 'Sample only from the most likely tokens that together reach this probability.',
  },
  n: { kind: 'integer', min: 1, default: 1, description: 'Outputs of each prompt.' },
  best_of: {
    kind: 'integer',
    min: 1,
    derived: 'n',
    description: 'Outputs that are written, of which the n likeliest are given back.',
  },
  stream: { kind: 'boolean', default: false, description: 'Sends text as it is written.' },
  echo: { kind: 'boolean', default: false, description: 'Gives the prompt back too.' },
  logprobs: {
    kind: 'integer',
    min: 0,
    max: 5,
    derived: 'none',
    description:
      'Number of likeliest tokens whose log-probabilities are given beside those of the written ones.',
  },
  seed: {
    kind: 'integer',
    min: -1,
    derived: 'another each time, as with -1',
    description: 'Seed of all random numbers.',
  },
  presence_penalty: {
    kind: 'number',
    min: -2,
    max: 2,
    derived: OF_DOMAIN,
    description: 'Subtracted from the logit of a token that occurred before.',
  },
  frequency_penalty: {
    kind: 'number',
    min: -2,
    max: 2,
    derived: OF_DOMAIN,
    description: 'Subtracted from the logit of a token for each time that it occurred before.',
  },
  top_k: {
    kind: 'integer',
    min: -1,
    derived: OF_DOMAIN,
    description: 'Only the k most likely tokens may be drawn; 0 or -1 for all.',
  },
  method: { ...SAMPLING_SETTINGS.method, default: undefined, derived: OF_DOMAIN },
  top_h: { ...SAMPLING_SETTINGS.topH, default: undefined, derived: OF_DOMAIN },
  min_p: { ...SAMPLING_SETTINGS.minP, default: undefined, derived: OF_DOMAIN },
  typical_p: { ...SAMPLING_SETTINGS.typicalP, default: undefined, derived: OF_DOMAIN },
  epsilon_cutoff: { ...SAMPLING_SETTINGS.epsilonCutoff, default: undefined, derived: OF_DOMAIN },
  eta_cutoff: { ...SAMPLING_SETTINGS.etaCutoff, default: undefined, derived: OF_DOMAIN },
  repetition_penalty: {
    kind: 'number',
    min: 0.01,
    max: 100,
    derived: OF_DOMAIN,
    description: 'Divides the logits of tokens that occurred before; below 1 encourages them.',
  },
  no_repeat_ngram_size: {
    ...SAMPLING_SETTINGS.noRepeatNgramSize,
    default: undefined,
    derived: OF_DOMAIN,
  },
  stop_token_start: { ...SAMPLING_SETTINGS.stopTokenStart, default: undefined, derived: OF_DOMAIN },
  stop_token_factor: {
    ...SAMPLING_SETTINGS.stopTokenFactor,
    default: undefined,
    derived: OF_DOMAIN,
  },
  forced_last_token: {
    kind: 'integer',
    min: 0,
    derived: 'none',
    description: 'The only token that may end an output of max_tokens.',
  },
  slide_share: { ...SAMPLING_SETTINGS.slideShare, default: undefined, derived: OF_DOMAIN },
  min_tokens: SAMPLING_SETTINGS.minNewTokens,
  ignore_eos: {
    kind: 'boolean',
    default: false,
    description: "Never takes the token that ends an output, as llama.cpp's server means it.",
  },
  num_beams: { ...SAMPLING_SETTINGS.numBeams, default: undefined, derived: OF_DOMAIN },
  length_penalty: { ...SAMPLING_SETTINGS.lengthPenalty, default: undefined, derived: OF_DOMAIN },
  length_penalty_form: {
    ...SAMPLING_SETTINGS.lengthPenaltyForm,
    default: undefined,
    derived: OF_DOMAIN,
  },
  renormalize_logits: {
    ...SAMPLING_SETTINGS.renormalizeLogits,
    default: undefined,
    derived: OF_DOMAIN,
  },
};
