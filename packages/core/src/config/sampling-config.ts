import { checkSettings } from '../settings/check-settings.js';
import type { SettingTable } from '../settings/settings.js';

/**
 * How tokens are chosen. What a field does is its description in {@link SAMPLING_SETTINGS}; comments here add
 * what that leaves out.
 */
export interface SamplingConfig {
  /** With several beams, `random` is beam sampling and `greedy` is beam search. */
  readonly method: 'random' | 'greedy';
  readonly temperature: number;
  /** Keeps the most likely tokens whose entropy reaches at most this share of the whole; 1 keeps all. */
  readonly topH: number;
  /** Tokens as likely as the k-th stay too. */
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly typicalP: number;
  readonly epsilonCutoff: number;
  readonly etaCutoff: number;
  /** Divides positive logits and multiplies negative ones; 1 is off. */
  readonly repetitionPenalty: number;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  readonly noRepeatNgramSize: number;
  readonly stopTokenStart: number;
  /** Together with `stopTokenStart`, Hugging Face's `exponential_decay_length_penalty`. */
  readonly stopTokenFactor: number;
  readonly minNewTokens: number;
  readonly maxNewTokens: number;
  /**
   * Learned positions belong to the window, so each slide recomputes what stays in it: a small share
   * costs more per token, a large one drops more at once.
   */
  readonly slideShare: number;
  /** 1 is no beam search. */
  readonly numBeams: number;
  /** 0 prefers short outputs. */
  readonly lengthPenalty: number;
  /**
   * Divides the sum of the log-probabilities of n tokens, including the stop token: `power` by
   * `n^penalty`, as in Hugging Face; `gnmt` by Wu et al.'s `((5 + n) / 6)^penalty`.
   *
   * @see Wu et al. 2016, equation 14, https://arxiv.org/abs/1609.08144
   */
  readonly lengthPenaltyForm: 'power' | 'gnmt';
  /**
   * When a beam search with `numBeams` finished outputs ends: `true` at once, `false` when the best beam
   * would not be among them if it ended now, `never` when it can no longer be among them.
   */
  readonly earlyStopping: 'true' | 'false' | 'never';
  readonly renormalizeLogits: boolean;
  readonly nBest: number;
  /**
   * Speculative decoding without a draft model: draft tokens are those that followed the same tokens
   * before. The output is the same, only faster where a text repeats itself.
   */
  readonly promptLookup: number;
  readonly seed: number;
}

export const SAMPLING_SETTINGS: SettingTable<SamplingConfig> = {
  method: {
    kind: 'choice',
    choices: ['random', 'greedy'],
    derived: 'random; greedy with beams',
    description: 'Whether to sample from the distribution or to take the most likely token.',
  },
  temperature: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    default: 1,
    hint: 'for the likeliest token use the method greedy',
    description: 'Divides the logits: below 1 more deterministic, above 1 more random.',
  },
  topH: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'min',
    default: 1,
    description: 'Sample only from the most likely tokens that carry this share of the entropy.',
  },
  topK: {
    kind: 'integer',
    min: 0,
    default: 0,
    description: 'Sample only from the k most likely tokens; 0 for all.',
  },
  topP: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'min',
    default: 1,
    description: 'Sample only from the most likely tokens that together reach this probability.',
  },
  minP: {
    kind: 'number',
    min: 0,
    max: 1,
    default: 0,
    description:
      "Sample only tokens that have at least this share of the most likely token's probability.",
  },
  typicalP: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'min',
    default: 1,
    description:
      'Sample only from the tokens nearest to the expected surprise that together reach this probability.',
  },
  epsilonCutoff: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'max',
    default: 0,
    description: 'Sample only tokens that have at least this probability.',
  },
  etaCutoff: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'max',
    default: 0,
    description: 'Like the epsilon cutoff, but lower where the model is unsure.',
  },
  repetitionPenalty: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    default: 1,
    description: 'Divides the logits of tokens that occurred before; below 1 encourages them.',
  },
  frequencyPenalty: {
    kind: 'number',
    default: 0,
    description: 'Subtracted from the logit of a token for each time that it occurred before.',
  },
  presencePenalty: {
    kind: 'number',
    default: 0,
    description: 'Subtracted from the logit of a token that occurred before.',
  },
  noRepeatNgramSize: {
    kind: 'integer',
    min: 0,
    default: 0,
    description: 'Length of the n-grams that never occur twice; 0 for off.',
  },
  stopTokenStart: {
    kind: 'integer',
    min: 0,
    default: 0,
    description: 'Number of output tokens after which the stop token factor takes effect.',
  },
  stopTokenFactor: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    default: 1,
    description: 'Makes stop tokens exponentially more likely as an output grows; 1 for off.',
  },
  minNewTokens: {
    kind: 'integer',
    min: 0,
    default: 0,
    description: 'Minimum number of new tokens before a stop token is allowed.',
  },
  maxNewTokens: {
    kind: 'integer',
    min: 1,
    default: 200,
    description: 'Maximum number of tokens that are added to the prompt.',
  },
  slideShare: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'both',
    default: 0.25,
    description: 'Share of the context that is dropped when it is full.',
  },
  numBeams: {
    kind: 'integer',
    min: 1,
    default: 1,
    description: 'Number of beams: outputs that grow side by side, the best of which survive.',
  },
  lengthPenalty: {
    kind: 'number',
    default: 1,
    description: "Exponent of the length in a beam's score: higher values prefer longer outputs.",
  },
  lengthPenaltyForm: {
    kind: 'choice',
    choices: ['power', 'gnmt'],
    default: 'power',
    description: "Divisor of a beam's score: n^penalty, or ((5 + n) / 6)^penalty.",
  },
  earlyStopping: {
    kind: 'choice',
    choices: ['true', 'false', 'never'],
    default: 'false',
    description:
      'Whether the search ends as soon as enough beams are finished, or only when no other can win.',
  },
  renormalizeLogits: {
    kind: 'boolean',
    default: false,
    description:
      "Renormalize the probabilities after the filters, before they count toward a beam's score.",
  },
  nBest: {
    kind: 'integer',
    min: 1,
    default: 1,
    description: 'Number of beams to output, the best first.',
  },
  promptLookup: {
    kind: 'integer',
    min: 0,
    default: 0,
    description:
      'Maximum number of draft tokens, looked up in the text so far, that one step verifies; 0 for none.',
  },
  seed: {
    kind: 'integer',
    min: 0,
    default: 0,
    description: 'Seed of all random numbers.',
  },
};

/** Settings that shape the distribution that a token is drawn from. */
const SHAPING = [
  'temperature',
  'topH',
  'topK',
  'topP',
  'minP',
  'typicalP',
  'epsilonCutoff',
  'etaCutoff',
] as const satisfies readonly (keyof SamplingConfig)[];

/** Settings that say which beams win. */
const OF_BEAMS = [
  'lengthPenalty',
  'lengthPenaltyForm',
  'earlyStopping',
  'renormalizeLogits',
] as const satisfies readonly (keyof SamplingConfig)[];

/** The largest number in 32 bits. */
const MAX_LOGIT = 3.4028234663852886e38;

/**
 * Fills in defaults and checks the whole: settings that could do nothing beside others are refused.
 *
 * @throws TypeError or RangeError that names the setting.
 */
export function samplingConfig(given: Readonly<Partial<SamplingConfig>> = {}): SamplingConfig {
  const checked = checkSettings(SAMPLING_SETTINGS, given);
  const { numBeams, nBest, minNewTokens, maxNewTokens, promptLookup } = checked;
  const config: SamplingConfig = {
    ...checked,
    method: given.method ?? (numBeams > 1 ? 'greedy' : 'random'),
  };
  if (!Number.isFinite(MAX_LOGIT / config.temperature)) {
    throw new RangeError(
      `temperature: expected a number that every logit can be divided by, got ${config.temperature}; ` +
        'for the likeliest token use the method greedy',
    );
  }
  if (nBest > numBeams) {
    throw new RangeError(`nBest: expected at most numBeams (${numBeams}), got ${nBest}`);
  }
  if (minNewTokens > maxNewTokens) {
    throw new RangeError(
      `minNewTokens: expected at most maxNewTokens (${maxNewTokens}), got ${minNewTokens}`,
    );
  }
  if (promptLookup > 0 && numBeams > 1) {
    throw new RangeError(
      `promptLookup: expected 0 beside numBeams (${numBeams}), got ${promptLookup}`,
    );
  }
  if (config.method === 'greedy') {
    const why = given.method ? 'the method greedy' : `the method greedy of numBeams (${numBeams})`;
    checkUnused(config, SHAPING, `${why}, which draws nothing`);
  }
  if (config.stopTokenFactor === 1) {
    checkUnused(config, ['stopTokenStart'], 'stopTokenFactor (1)');
  }
  if (numBeams === 1) checkUnused(config, OF_BEAMS, 'numBeams (1)');
  return config;
}

/** @throws RangeError for a setting that asks for something where nothing comes of it. */
function checkUnused(
  config: SamplingConfig,
  names: readonly (keyof SamplingConfig)[],
  beside: string,
): void {
  for (const name of names) {
    const unused = SAMPLING_SETTINGS[name].default;
    if (config[name] === unused) continue;
    throw new RangeError(`${name}: expected ${unused} beside ${beside}, got ${config[name]}`);
  }
}
