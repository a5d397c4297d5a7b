import { SAMPLING_SETTINGS, type SettingTable } from '@ramble/core';

/**
 * The fields of a request whose values are a number, a text or a yes or no, by OpenAI's names; those
 * that OpenAI does not have are called as other servers call them.
 */
export interface Fields {
  readonly model?: string;
  readonly max_tokens?: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly n: number;
  readonly best_of?: number;
  readonly stream: boolean;
  readonly echo: boolean;
  readonly logprobs?: number;
  readonly seed?: number;
  readonly presence_penalty: number;
  readonly frequency_penalty: number;
  readonly user?: string;
  readonly top_k: number;
  readonly min_p: number;
  readonly typical_p: number;
  readonly repetition_penalty: number;
  readonly min_tokens: number;
}

/** Their ranges and defaults, which are OpenAI's where it has them; the README tells what they do. */
export const FIELDS: SettingTable<Required<Fields>> = {
  model: { kind: 'string', derived: 'the one that is served', description: "The model's id." },
  max_tokens: {
    kind: 'integer',
    min: 0,
    derived: '16, or less where the context ends',
    description: 'Most tokens that are added to the prompt.',
  },
  temperature: {
    kind: 'number',
    min: 0,
    max: 2,
    default: 1,
    description: 'Divides the logits; 0 takes the most likely token.',
  },
  top_p: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 1,
    description: 'Only the likeliest tokens that together reach this probability may be drawn.',
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
      'Likeliest tokens whose log-probabilities are told beside those of the written ones.',
  },
  seed: {
    kind: 'integer',
    min: 0,
    derived: 'another each time',
    description: 'Everything drawn at random follows from it.',
  },
  presence_penalty: {
    kind: 'number',
    min: -2,
    max: 2,
    default: 0,
    description: 'Taken from the logit of a token that came before.',
  },
  frequency_penalty: {
    kind: 'number',
    min: -2,
    max: 2,
    default: 0,
    description: 'Taken from the logit of a token for each time that it came before.',
  },
  user: { kind: 'string', derived: 'none', description: 'Who asks; not looked at.' },
  top_k: SAMPLING_SETTINGS.topK,
  min_p: SAMPLING_SETTINGS.minP,
  typical_p: SAMPLING_SETTINGS.typicalP,
  repetition_penalty: {
    kind: 'number',
    min: 0.01,
    max: 100,
    default: 1,
    description: 'Divides the logits of tokens that came before; below 1 invites them.',
  },
  min_tokens: SAMPLING_SETTINGS.minNewTokens,
};
