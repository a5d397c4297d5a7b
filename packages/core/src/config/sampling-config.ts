import { checkSettings } from '../settings/check-settings.js';
import {
  type ConfigOf,
  COUNT,
  FRACTION,
  FRACTION_BELOW_1,
  NOT_NEGATIVE,
  POSITIVE,
  POSITIVE_COUNT,
  POSITIVE_FRACTION,
  type Setting,
} from '../settings/settings.js';

/**
 * Settings of the distribution from which the method `random` draws tokens. With the method `greedy`, only their
 * defaults are accepted.
 */
const SHAPING = {
  /** Divisor of the logits. 0 means the method greedy; other settings of the distribution are then ignored. */
  temperature: {
    ...NOT_NEGATIVE,
    basic: true,
    default: 1,
    hint: '0 takes the most likely token',
    description:
      'Divides the logits: below 1 more deterministic, above 1 more random; 0 takes the most likely token, as the method greedy does.',
  },
  /** Keeps the most likely tokens whose entropy is at most this fraction of the whole entropy; 1 keeps all. */
  topH: {
    ...POSITIVE_FRACTION,
    default: 1,
    description: 'Sample only from the most likely tokens that carry this fraction of the entropy.',
  },
  /** Number of most likely tokens to keep; 0 keeps all. Tokens with the same logit as the k-th are kept too. */
  topK: {
    ...COUNT,
    default: 0,
    description: 'Sample only from the k most likely tokens; 0 for all.',
  },
  topP: {
    ...POSITIVE_FRACTION,
    default: 1,
    description: 'Sample only from the most likely tokens that together reach this probability.',
  },
  minP: {
    ...FRACTION,
    default: 0,
    description:
      "Sample only tokens that have at least this fraction of the most likely token's probability.",
  },
  typicalP: {
    ...POSITIVE_FRACTION,
    default: 1,
    description:
      'Sample only from the tokens whose surprise is nearest to the entropy and that together reach this probability.',
  },
  epsilonCutoff: {
    ...FRACTION_BELOW_1,
    default: 0,
    description: 'Sample only tokens that have at least this probability.',
  },
  etaCutoff: {
    ...FRACTION_BELOW_1,
    default: 0,
    description: 'Like the epsilon cutoff, but lower if the model is unsure.',
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** Settings of beam search. With one beam, only their defaults are accepted. */
const BEAMS = {
  /** Exponent of the length in the divisor of a beam's score (`lengthPenaltyForm`); 0 prefers short outputs. */
  lengthPenalty: {
    kind: 'number',
    default: 1,
    description: "Exponent of the length in a beam's score: higher values prefer longer outputs.",
  },
  /**
   * Divisor in a beam's score, which is the sum of the log-probabilities of its n tokens, including the stop token,
   * over the divisor. `power` is `n^lengthPenalty`, as in Hugging Face; `gnmt` is `((5 + n) / 6)^lengthPenalty`.
   *
   * @see Wu et al. 2016, equation 14, https://arxiv.org/abs/1609.08144
   */
  lengthPenaltyForm: {
    kind: 'choice',
    choices: ['power', 'gnmt'],
    default: 'power',
    description: "Divisor of a beam's score: n^penalty, or ((5 + n) / 6)^penalty.",
  },
  /**
   * Condition under which a beam search that has `numBeams` finished outputs ends. `true`: it ends at once. `false`:
   * the best unfinished beam, if it ended now, would not score above the worst of these outputs. `never`: that beam
   * could not score above the worst output at any length.
   */
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
} as const satisfies Readonly<Record<string, Setting>>;

/**
 * The one table of sampling settings. It defines `SamplingConfig`, its check, the flags of the command line
 * and the fields of the server's requests. Comments add to the descriptions.
 */
export const SAMPLING_SETTINGS = {
  /** With several beams, `random` is beam sampling and `greedy` is beam search. */
  method: {
    kind: 'choice',
    choices: ['random', 'greedy'],
    derived: 'random; greedy with beams',
    description: 'Whether to sample from the distribution or to take the most likely token.',
  },
  ...SHAPING,
  /** Divides positive logits of tokens that occurred before, and multiplies negative ones; 1 for no penalty. */
  repetitionPenalty: {
    ...POSITIVE,
    default: 1,
    description: 'Divides the logits of tokens that occurred before; below 1 encourages them.',
  },
  /**
   * Number of newest tokens that the repetition penalty counts; -1 for all. It is llama.cpp's `repeat_last_n`, and is
   * accepted even without a repetition penalty, because clients of llama.cpp send it with other penalties too.
   */
  repetitionWindow: {
    kind: 'integer',
    min: -1,
    default: -1,
    description:
      'Number of newest tokens whose repetition the repetition penalty counts; -1 for all.',
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
    ...COUNT,
    default: 0,
    description: 'Length of the n-grams that never occur twice; 0 for off.',
  },
  stopTokenStart: {
    ...COUNT,
    default: 0,
    description: 'Number of output tokens after which the stop token factor takes effect.',
  },
  /**
   * Base of the exponential by which the logits of stop tokens grow with each output token after `stopTokenStart`.
   * The two settings are Hugging Face's `exponential_decay_length_penalty`.
   */
  stopTokenFactor: {
    ...POSITIVE,
    default: 1,
    description: 'Makes stop tokens exponentially more likely as an output grows; 1 for off.',
  },
  minNewTokens: {
    ...COUNT,
    default: 0,
    description: 'Minimum number of new tokens before a stop token is allowed.',
  },
  maxNewTokens: {
    ...POSITIVE_COUNT,
    basic: true,
    default: 200,
    description: 'Maximum number of tokens that are added to the prompt.',
  },
  /**
   * Fraction of the context that is dropped when it is full. With learned position embeddings, the remaining tokens
   * are then recomputed at their new positions. A small fraction does so often; a large one drops much text at once.
   */
  slideShare: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'both',
    default: 0.25,
    description: 'Fraction of the context that is dropped when it is full.',
  },
  /** Number of beams of a beam search; 1 for no beam search. */
  numBeams: {
    ...POSITIVE_COUNT,
    max: 1024,
    default: 1,
    description:
      'Number of beams: candidate outputs that grow in parallel. Each step keeps the best.',
  },
  ...BEAMS,
  nBest: {
    ...POSITIVE_COUNT,
    default: 1,
    description: 'Number of beams to output, the best first.',
  },
  /**
   * Speculative decoding without a draft model: draft tokens are the tokens that followed the same n-gram
   * earlier in the text. The output is the same, and it is faster if the text repeats itself.
   */
  promptLookup: {
    ...COUNT,
    default: 0,
    description:
      'Maximum number of draft tokens, looked up in the text so far, that one step verifies; 0 for none.',
  },
  seed: { ...COUNT, default: 0, description: 'Seed of all random numbers.' },
} as const satisfies Readonly<Record<string, Setting>>;

/** Settings for the choice of tokens: a field for each of {@link SAMPLING_SETTINGS}. */
export type SamplingConfig = ConfigOf<typeof SAMPLING_SETTINGS>;

declare const CHECKED: unique symbol;

/** Sampling settings that were checked together; only `samplingConfig` makes them. */
export type CheckedSampling = SamplingConfig & { readonly [CHECKED]: true };

/** Names of the settings that shape the distribution of random draws. */
export const SHAPING_SETTINGS = Object.keys(SHAPING) as readonly (keyof typeof SHAPING)[]; // its own keys

/** Names of the settings of beam search. */
export const BEAM_SETTINGS = Object.keys(BEAMS) as readonly (keyof typeof BEAMS)[]; // its own keys

/** The largest 32-bit float. */
const MAX_LOGIT = 3.4028234663852886e38;

/**
 * Fills in defaults and checks all settings once, so that functions that take the result need not check again.
 * A setting that would have no effect together with the others is refused. The exception is a temperature of 0:
 * it means greedy sampling, and other settings of the distribution are ignored.
 *
 * @throws TypeError or RangeError that names the setting.
 */
export function samplingConfig(given: Readonly<Partial<SamplingConfig>> = {}): CheckedSampling {
  const checked = checkSettings<SamplingConfig>(SAMPLING_SETTINGS, given);
  const { numBeams, nBest, minNewTokens, maxNewTokens, promptLookup } = checked;
  const config: SamplingConfig = {
    ...checked,
    method: given.method ?? (numBeams > 1 ? 'greedy' : 'random'),
    ...(checked.temperature === 0 && { ...defaultsOf(SHAPING_SETTINGS), method: 'greedy' }),
  };
  if (!Number.isFinite(MAX_LOGIT / config.temperature)) {
    throw new RangeError(
      `temperature: expected a number that every logit can be divided by, got ${config.temperature}; ` +
        SAMPLING_SETTINGS.temperature.hint,
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
      `promptLookup: expected 0 with numBeams (${numBeams}), got ${promptLookup}`,
    );
  }
  if (config.method === 'greedy') {
    const why = given.method ? 'the method greedy' : `the method greedy of numBeams (${numBeams})`;
    checkUnused(config, SHAPING_SETTINGS, `${why}, which samples nothing`);
  }
  if (config.stopTokenFactor === 1) {
    checkUnused(config, ['stopTokenStart'], 'stopTokenFactor (1)');
  }
  if (numBeams === 1) checkUnused(config, BEAM_SETTINGS, 'numBeams (1)');
  return config as CheckedSampling; // the checks above have passed
}

/**
 * Checks that settings without an effect have their defaults.
 *
 * @throws RangeError for a setting that is not the default and has no effect.
 */
function checkUnused(
  config: SamplingConfig,
  names: readonly (keyof SamplingConfig)[],
  cause: string,
): void {
  for (const name of names) {
    const { default: unused }: Setting = SAMPLING_SETTINGS[name];
    if (config[name] === unused) continue;
    throw new RangeError(`${name}: expected ${unused} with ${cause}, got ${config[name]}`);
  }
}

function defaultsOf(names: readonly (keyof SamplingConfig)[]): Partial<SamplingConfig> {
  const settings: Readonly<Record<string, Setting>> = SAMPLING_SETTINGS;
  return Object.fromEntries(names.map((name) => [name, settings[name].default]));
}
