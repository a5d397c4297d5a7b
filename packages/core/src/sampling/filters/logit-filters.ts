import type { SamplingConfig } from '../../config/sampling-config.js';
import { allowTokens } from './allow-tokens.js';
import { biasSequences, type LogitBias } from './bias-sequences.js';
import { blockNgrams } from './block-ngrams.js';
import { blockStopTokens } from './block-stop-tokens.js';
import { cutEpsilon } from './cut-epsilon.js';
import { cutEta } from './cut-eta.js';
import { divideTemperature } from './divide-temperature.js';
import { keepMinP } from './keep-min-p.js';
import { keepTopK } from './keep-top-k.js';
import { keepTopP } from './keep-top-p.js';
import { keepTypical } from './keep-typical.js';
import { type LogitFilter, REMOVED } from './logit-filter.js';
import { penalizeFrequency } from './penalize-frequency.js';
import { penalizeRepetition } from './penalize-repetition.js';
import { suppressTokens } from './suppress-tokens.js';

/** What becomes of certain tokens. */
export interface TokenRules {
  /** Ids that end an output; they are not part of it. */
  readonly stopTokens?: readonly number[];
  /** The only ids that may come; a stop token can end the output only when it is among them. */
  readonly allowedTokens?: readonly number[];
  /** Ids that never come. */
  readonly suppressedTokens?: readonly number[];
  /** Runs of ids that are never completed. */
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
 * | fewest new tokens, suppressed tokens | min_new_tokens, suppress_tokens |
 * | temperature, top-k, top-p, min-p, typical-p, epsilon, eta | the same |
 */
export function logitFilters(
  config: SamplingConfig,
  {
    stopTokens = [],
    allowedTokens,
    suppressedTokens = [],
    blockedSequences = [],
    logitBias = [],
  }: TokenRules = {},
): LogitFilter[] {
  const { frequencyPenalty, presencePenalty, minNewTokens } = config;
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
    suppressedTokens.length > 0 && suppressTokens(suppressedTokens),
    ...shapingFilters(config),
  ];
  return filters.filter((filter) => filter !== false);
}

function shapingFilters({
  temperature,
  topK,
  topP,
  minP,
  typicalP,
  epsilonCutoff,
  etaCutoff,
}: SamplingConfig): (LogitFilter | false)[] {
  return [
    temperature !== 1 && divideTemperature(temperature),
    topK > 0 && keepTopK(topK),
    topP < 1 && keepTopP(topP),
    minP > 0 && keepMinP(minP),
    typicalP < 1 && keepTypical(typicalP),
    epsilonCutoff > 0 && cutEpsilon(epsilonCutoff),
    etaCutoff > 0 && cutEta(etaCutoff),
  ];
}
