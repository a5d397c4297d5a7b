import type { SamplingConfig } from '../../config/sampling-config.js';
import {
  allowTokens,
  blockStopTokens,
  forceLastToken,
  type LogitFilter,
  logSumExp,
  raiseStopTokens,
  REMOVED,
  suppressAtBegin,
  suppressTokens,
} from './softmax.js';
import {
  cutEpsilon,
  cutEta,
  keepMinP,
  keepTopH,
  keepTopK,
  keepTopP,
  keepTypical,
} from './truncation.js';

/** Rules that end outputs at certain tokens, or exclude, force or favor certain tokens. */
export interface TokenRules {
  /** Ids that end an output; they are not part of it. */
  readonly stopTokens?: readonly number[];
  /** The only ids that may be chosen. A stop token can end the output only if it is one of them. */
  readonly allowedTokens?: readonly number[];
  /** Ids that are never chosen. */
  readonly suppressedTokens?: readonly number[];
  /** Ids that are never the first of an output. */
  readonly beginSuppressedTokens?: readonly number[];
  /** The only id that may be the last of an output of the maximum length, such as a stop token. */
  readonly forcedLastToken?: number;
  /** Sequences of ids that are never completed. */
  readonly blockedSequences?: readonly (readonly number[])[];
  readonly logitBias?: readonly LogitBias[];
}

/**
 * Returns the filters that the settings enable, in Hugging Face's order. The grammar's filter precedes all of
 * them. The filters that shape the sampling distribution come last.
 *
 * | ramble | Hugging Face |
 * | --- | --- |
 * | grammar, allowed tokens | (prefix_allowed_tokens_fn, later in its list) |
 * | bias | sequence_bias |
 * | repetition, frequency and presence penalty | repetition_penalty, (OpenAI's) |
 * | no repeated n-gram, blocked sequences | no_repeat_ngram_size, bad_words_ids |
 * | minimum of new tokens, forced last token | min_new_tokens, forced_eos_token_id |
 * | raised stop tokens | exponential_decay_length_penalty |
 * | suppressed tokens, those at the beginning | suppress_tokens, begin_suppress_tokens |
 * | temperature, top-h, top-k, top-p, min-p, typical-p, epsilon, eta | the same |
 * | renormalize | renormalize_logits |
 */
export function logitFilters(
  config: SamplingConfig,
  {
    stopTokens = [],
    allowedTokens,
    suppressedTokens = [],
    beginSuppressedTokens = [],
    forcedLastToken,
    blockedSequences = [],
    logitBias = [],
  }: TokenRules = {},
): LogitFilter[] {
  const { frequencyPenalty, presencePenalty, minNewTokens } = config;
  const { stopTokenStart, stopTokenFactor } = config;
  const isPenalized = frequencyPenalty !== 0 || presencePenalty !== 0;
  const blocked = blockedSequences.map((tokens) => ({ tokens, bias: REMOVED }));
  const filters = [
    allowedTokens !== undefined && allowTokens(allowedTokens),
    logitBias.length > 0 && biasSequences(logitBias),
    config.repetitionPenalty !== 1 &&
      penalizeRepetition(config.repetitionPenalty, config.repetitionWindow),
    isPenalized && penalizeFrequency(frequencyPenalty, presencePenalty),
    config.noRepeatNgramSize > 0 && blockNgrams(config.noRepeatNgramSize),
    blocked.length > 0 && biasSequences(blocked),
    minNewTokens > 0 && blockStopTokens(minNewTokens, stopTokens),
    forcedLastToken !== undefined && forceLastToken(config.maxNewTokens, forcedLastToken),
    stopTokenFactor !== 1 && raiseStopTokens(stopTokenStart, stopTokenFactor, stopTokens),
    suppressedTokens.length > 0 && suppressTokens(suppressedTokens),
    beginSuppressedTokens.length > 0 && suppressAtBegin(beginSuppressedTokens),
    config.temperature !== 1 && divideTemperature(config.temperature),
    config.topH < 1 && keepTopH(config.topH),
    config.topK > 0 && keepTopK(config.topK),
    config.topP < 1 && keepTopP(config.topP),
    config.minP > 0 && keepMinP(config.minP),
    config.typicalP < 1 && keepTypical(config.typicalP),
    config.epsilonCutoff > 0 && cutEpsilon(config.epsilonCutoff),
    config.etaCutoff > 0 && cutEta(config.etaCutoff),
    config.renormalizeLogits && renormalize(),
  ];
  return filters.filter((filter) => filter !== false);
}

/**
 * Computes `logit - count * frequency - (count > 0) * presence`, with the count of the token in prompt and
 * output. These are OpenAI's penalties, which Hugging Face does not have.
 *
 * @param frequency - Above 0 to discourage repetition, below 0 to encourage it.
 * @param presence - Above 0 to discourage repetition, below 0 to encourage it.
 */
function penalizeFrequency(frequency: number, presence: number): LogitFilter {
  return (logits, { tokens }) => {
    const seen = new Set<number>();
    for (const token of tokens) {
      if (!seen.has(token)) logits[token] -= presence;
      seen.add(token);
      logits[token] -= frequency;
    }
  };
}

/**
 * Makes every token of prompt and output less likely, by the same penalty for any number of occurrences. A
 * positive logit is divided by the penalty, and a negative one is multiplied by it.
 *
 * @param penalty - Above 1 to discourage repetition, below 1 to encourage it.
 * @param window - Number of newest tokens that count; -1 for all.
 * @see Keskar et al. 2019, section 4.1, https://arxiv.org/abs/1909.05858
 */
function penalizeRepetition(penalty: number, window: number): LogitFilter {
  return (logits, { tokens }) => {
    const start = window < 0 ? 0 : Math.max(0, tokens.length - window);
    for (const token of new Set(tokens.slice(start))) {
      logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
    }
  };
}

/**
 * Removes tokens that would complete an n-gram of `size` tokens that prompt or output already contain. If the
 * output answers the prompt, only the output counts.
 */
function blockNgrams(size: number): LogitFilter {
  return (logits, { tokens, outputStart = 0 }) => {
    const before = size - 1;
    const start = tokens.length - before;
    for (let i = outputStart; i < start; i++) {
      let isSame = true;
      for (let j = 0; j < before && isSame; j++) isSame = tokens[i + j] === tokens[start + j];
      if (isSame) logits[tokens[i + before]] = REMOVED;
    }
  };
}

/** A number that is added to the logit of a token, or of a token that would complete a sequence. */
export interface LogitBias {
  /** One token, or a sequence. The bias of a sequence applies to its last token, right after its other tokens. */
  readonly tokens: readonly number[];
  /** Number to add to the logit; `-Infinity` excludes the token. */
  readonly bias: number;
}

/**
 * Adds a bias to the logit of each token that would complete a sequence. If two biases have the same tokens,
 * the later one applies.
 */
function biasSequences(biases: readonly LogitBias[]): LogitFilter {
  const last = new Map(biases.map((each) => [each.tokens.join(), each]));
  return (logits, { tokens }) => {
    for (const { tokens: sequence, bias } of last.values()) {
      const before = sequence.length - 1;
      if (before > tokens.length) continue;
      const start = tokens.length - before;
      let isAtEnd = true;
      for (let i = 0; i < before && isAtEnd; i++) isAtEnd = tokens[start + i] === sequence[i];
      if (isAtEnd) logits[sequence[before]] += bias;
    }
  };
}

/** Divides the logits by the temperature. Below 1, likely tokens become more likely. */
function divideTemperature(temperature: number): LogitFilter {
  return (logits) => {
    for (let token = 0; token < logits.length; token++) logits[token] /= temperature;
  };
}

/** Converts logits to the logarithms of probabilities that sum to one. */
function renormalize(): LogitFilter {
  return (logits) => {
    if (logits.every((logit) => logit === REMOVED)) return;
    const logSum = logSumExp(logits);
    for (let token = 0; token < logits.length; token++) logits[token] -= logSum;
  };
}
