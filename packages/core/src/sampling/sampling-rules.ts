import { samplingConfig, type SamplingConfig } from '../config/sampling-config.js';
import { checkTokenIds } from '../domain/check-token-example.js';
import type { Grammar } from '../domain/domain.js';
import { allowTokens } from './filters/allow-tokens.js';
import { type LogitFilter, REMOVED, type Written } from './filters/logit-filter.js';
import { logitFilters, type TokenRules } from './filters/logit-filters.js';

export interface SamplingOptions extends Partial<SamplingConfig>, TokenRules {
  readonly grammar?: Grammar<unknown>;
}

/** What decides about the next token, checked and ready for use. */
export interface SamplingRules {
  readonly config: SamplingConfig;
  readonly stopTokens: ReadonlySet<number>;
  readonly grammar?: Grammar<unknown>;
  readonly filters: readonly LogitFilter[];
}

/** @throws TypeError or RangeError that names the option. */
export function samplingRules(
  vocabSize: number,
  {
    grammar,
    stopTokens = [],
    allowedTokens,
    suppressedTokens,
    beginSuppressedTokens,
    forcedLastToken,
    blockedSequences,
    logitBias,
    ...settings
  }: SamplingOptions,
): SamplingRules {
  const config = samplingConfig(settings);
  checkTokenIds('stopTokens', stopTokens, vocabSize);
  checkTokenIds('allowedTokens', allowedTokens ?? [], vocabSize);
  checkTokenIds('suppressedTokens', suppressedTokens ?? [], vocabSize);
  checkTokenIds('beginSuppressedTokens', beginSuppressedTokens ?? [], vocabSize);
  if (forcedLastToken !== undefined) {
    checkTokenIds('forcedLastToken', [forcedLastToken], vocabSize);
  }
  for (const tokens of blockedSequences ?? []) checkRun('blockedSequences', tokens, vocabSize);
  for (const { tokens, bias } of logitBias ?? []) {
    checkRun('logitBias', tokens, vocabSize);
    if (!Number.isFinite(bias) && bias !== REMOVED) {
      throw new RangeError(`logitBias: expected a number or -Infinity, got ${bias}`);
    }
  }
  const rules = {
    ...{ stopTokens, allowedTokens, suppressedTokens, beginSuppressedTokens },
    ...{ forcedLastToken, blockedSequences, logitBias },
  };
  return {
    config,
    stopTokens: new Set(stopTokens),
    grammar,
    filters: logitFilters(config, rules),
  };
}

/** Whether no grammar and no filter changes logits. */
export function keepsLogits({ grammar, filters }: SamplingRules): boolean {
  return !grammar && filters.length === 0;
}

/**
 * The logits that remain of a model's.
 *
 * @returns the same ones where nothing changes them; all `-Infinity` where every token is removed.
 */
export function filterLogits<Logits extends ArrayLike<number>>(
  rules: SamplingRules,
  logits: Logits,
  written: Written,
  grammarState: unknown,
): Logits | Float64Array {
  if (keepsLogits(rules)) return logits;
  const { grammar, filters } = rules;
  const filtered = new Float64Array(logits.length);
  filtered.set(logits);
  if (grammar) allowTokens(grammar.allowed(grammarState))(filtered, written);
  for (const filter of filters) filter(filtered, written);
  return filtered;
}

/** The error of grammar and filters that leave nothing to choose from. */
export function nothingRemains(): RangeError {
  return new RangeError('sampling: expected a token that grammar and filters allow, got none');
}

function checkRun(name: string, tokens: readonly number[], vocabSize: number): void {
  if (tokens.length === 0) {
    throw new RangeError(`${name}: expected runs of at least one token, got none`);
  }
  checkTokenIds(name, tokens, vocabSize);
}
