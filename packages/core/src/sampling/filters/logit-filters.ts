import type { SamplingConfig } from '../../config/sampling-config.js';
import { allowTokens } from './allow-tokens.js';
import { biasSequences, type LogitBias } from './bias-sequences.js';
import { blockNgrams } from './block-ngrams.js';
import { blockStopTokens } from './block-stop-tokens.js';
import { cutEpsilon } from './cut-epsilon.js';
import { cutEta } from './cut-eta.js';
import { divideTemperature } from './divide-temperature.js';
import { forceLastToken } from './force-last-token.js';
import { keepMinP } from './keep-min-p.js';
import { keepTopH } from './keep-top-h.js';
import { keepTopK } from './keep-top-k.js';
import { keepTopP } from './keep-top-p.js';
import { keepTypical } from './keep-typical.js';
import { type LogitFilter, REMOVED } from './logit-filter.js';
import { penalizeFrequency } from './penalize-frequency.js';
import { penalizeRepetition } from './penalize-repetition.js';
import { raiseStopTokens } from './raise-stop-tokens.js';
import { renormalize } from './renormalize.js';
import { suppressAtBegin } from './suppress-at-begin.js';
import { suppressTokens } from './suppress-tokens.js';

/** What becomes of certain tokens. */
export interface TokenRules {
  /** Ids that end an output; they are not part of it. */
  readonly stopTokens?: readonly number[];
  /** The only ids that may come; a stop token can end the output only when it is among them. */
  readonly allowedTokens?: readonly number[];
  /** Ids that are never chosen. */
  readonly suppressedTokens?: readonly number[];
  /** Ids that are never the first of an output. */
  readonly beginSuppressedTokens?: readonly number[];
  /** The only id that may come last in an output of the maximum length, such as a stop token. */
  readonly forcedLastToken?: number;
  /** Sequences of ids that are never completed. */
  readonly blockedSequences?: readonly (readonly number[])[];
  readonly logitBias?: readonly LogitBias[];
}

/**
 * The filters that some settings ask for, in Hugging Face's order; what a grammar allows goes before
 * them all. Those that shape the distribution that a token is drawn from come last.
 *
 * | stands here | is Hugging Face's |
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
    config.repetitionPenalty !== 1 && penalizeRepetition(config.repetitionPenalty),
    isPenalized && penalizeFrequency(frequencyPenalty, presencePenalty),
    config.noRepeatNgramSize > 0 && blockNgrams(config.noRepeatNgramSize),
    blocked.length > 0 && biasSequences(blocked),
    minNewTokens > 0 && blockStopTokens(minNewTokens, stopTokens),
    forcedLastToken !== undefined && forceLastToken(config.maxNewTokens, forcedLastToken),
    stopTokenFactor !== 1 && raiseStopTokens(stopTokenStart, stopTokenFactor, stopTokens),
    suppressedTokens.length > 0 && suppressTokens(suppressedTokens),
    beginSuppressedTokens.length > 0 && suppressAtBegin(beginSuppressedTokens),
    ...shapingFilters(config),
    config.renormalizeLogits && renormalize(),
  ];
  return filters.filter((filter) => filter !== false);
}

function shapingFilters({
  temperature,
  topH,
  topK,
  topP,
  minP,
  typicalP,
  epsilonCutoff,
  etaCutoff,
}: SamplingConfig): (LogitFilter | false)[] {
  return [
    temperature !== 1 && divideTemperature(temperature),
    topH < 1 && keepTopH(topH),
    topK > 0 && keepTopK(topK),
    topP < 1 && keepTopP(topP),
    minP > 0 && keepMinP(minP),
    typicalP < 1 && keepTypical(typicalP),
    epsilonCutoff > 0 && cutEpsilon(epsilonCutoff),
    etaCutoff > 0 && cutEta(etaCutoff),
  ];
}
