import {
  type CheckedSampling,
  samplingConfig,
  type SamplingConfig,
} from '../config/sampling-config.js';
import { checkTokenIds } from '../domain/follow-grammar.js';
import type { Grammar } from '../domain/domain.js';
import { bothGrammars } from '../domain/token-mask.js';
import { allowTokens, type LogitFilter, REMOVED, type Written } from './filters/softmax.js';
import { logitFilters, type TokenRules } from './filters/logit-filters.js';
import { replaceRefused } from './draw-token.js';

/** Rules for tokens in addition to the settings: rules for certain ids, and a grammar. */
export interface TokenOptions extends TokenRules {
  /** The domain's grammar. */
  readonly grammar?: Grammar<unknown>;
  /** Grammar of this request, such as a JSON Schema; outputs meet it in addition to the domain's grammar. */
  readonly constraint?: Grammar<unknown>;
}

/** Sampling settings, token rules and a grammar, not checked yet. */
export interface SamplingOptions extends Partial<SamplingConfig>, TokenOptions {}

/** The rules for the next token, checked and ready for use. */
export interface SamplingRules {
  readonly config: CheckedSampling;
  readonly stopTokens: ReadonlySet<number>;
  readonly grammar?: Grammar<unknown>;
  readonly filters: readonly LogitFilter[];
}

/** Sampling options that are still to be checked, or checked rules in place of all of them. */
export interface SamplingChoice extends SamplingOptions {
  /** Checked rules from `samplingRules`, in place of all settings, token rules and the grammar. */
  readonly rules?: SamplingRules;
}

/**
 * Checks options and returns their rules. Checked rules are returned unchanged.
 *
 * @throws TypeError or RangeError that names the option.
 */
export function rulesOf(vocabSize: number, { rules, ...options }: SamplingChoice): SamplingRules {
  if (rules) {
    const other = Object.keys(options).at(0);
    if (other === undefined) return rules;
    throw new TypeError(
      `${other}: expected no option with rules, which are already checked, got one`,
    );
  }
  const { grammar, constraint, stopTokens, allowedTokens, suppressedTokens, ...others } = options;
  const { beginSuppressedTokens, forcedLastToken, blockedSequences, logitBias, ...settings } =
    others;
  const tokens = {
    ...{ grammar, constraint, stopTokens, allowedTokens, suppressedTokens, beginSuppressedTokens },
    ...{ forcedLastToken, blockedSequences, logitBias },
  };
  return samplingRules(vocabSize, samplingConfig(settings), tokens);
}

/** Names of the token rules that are lists of ids. */
const TOKEN_LISTS = ['stopTokens', 'allowedTokens', 'suppressedTokens', 'beginSuppressedTokens'] as const; // prettier-ignore

/**
 * Checks token rules, and returns the rules for the next token that follow from them and from checked settings.
 *
 * @throws RangeError that names the token rule.
 */
export function samplingRules(
  vocabSize: number,
  config: CheckedSampling,
  { grammar: own, constraint, ...rules }: TokenOptions = {},
): SamplingRules {
  const { forcedLastToken, blockedSequences, logitBias } = rules;
  for (const name of TOKEN_LISTS) checkTokenIds(name, rules[name] ?? [], vocabSize);
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
  const stopTokens = new Set(rules.stopTokens);
  const grammar = own && constraint ? bothGrammars(own, constraint) : (own ?? constraint);
  return { config, stopTokens, grammar, filters: logitFilters(config, rules) };
}

/** Whether no grammar or filter changes logits. */
export function keepsLogits({ grammar, filters }: SamplingRules): boolean {
  return !grammar && filters.length === 0;
}

/**
 * Applies the grammar and filters to the model's logits.
 *
 * @returns the same array if nothing changes the logits; all `-Infinity` if every token is removed.
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
  for (const replacement of grammar?.instead?.(grammarState) ?? [])
    replaceRefused(filtered, replacement);
  if (grammar) allowTokens(grammar.allowed(grammarState))(filtered, written);
  for (const [id, nats] of grammar?.prior?.(grammarState) ?? []) filtered[id] += nats;
  for (const filter of filters) filter(filtered, written);
  return filtered;
}

/** Returns the error for a grammar and filters that leave no token. */
export function nothingRemains(): RangeError {
  return new RangeError('sampling: expected a token that grammar and filters allow, got none');
}

function checkRun(name: string, tokens: readonly number[], vocabSize: number): void {
  if (tokens.length === 0) {
    throw new RangeError(`${name}: expected runs of at least one token, got none`);
  }
  checkTokenIds(name, tokens, vocabSize);
}
