import type { Grammar, Vocabulary } from '@ramble/core';

import { checkRules } from './constraints/check-rules.js';
import { type ConstrainedDomain, Constraint } from './constraints/constraint.js';
import { readGbnf } from './constraints/gbnf.js';
import { type JsonSchemaOptions, readJsonSchema } from './constraints/json-schema.js';
import { readRegex } from './constraints/regex.js';
import { type Part, Rules } from './constraints/rules.js';
import { specialBytes, tokenTries } from './constraints/token-trie.js';

export type { ConstrainedDomain, JsonSchemaOptions };

/** The texts that a constraint allows; exactly one of `jsonSchema`, `regex` and `grammar` is given. */
export interface ConstraintSource extends JsonSchemaOptions {
  /** JSON Schema (2020-12) that the text meets as JSON; `{ type: 'object' }` for any object. */
  readonly jsonSchema?: unknown;
  /** Regular expression of JavaScript (flag `u`) that matches the whole text. */
  readonly regex?: string;
  /** Grammar in llama.cpp's GBNF, whose rule `root` matches the text. */
  readonly grammar?: string;
  /**
   * Fixed text before the text that meets the constraint; by default empty. Names of special tokens in it stand for
   * those tokens.
   */
  readonly before?: string;
  /**
   * Fixed text after the text that meets the constraint; by default empty. Names of special tokens in it stand for
   * those tokens.
   */
  readonly after?: string;
  /**
   * Allows up to `max` texts that each meet the constraint, separated by the fixed text `between`. By default, there is
   * one.
   */
  readonly repeated?: { readonly between: string; readonly max: number };
}

/** Compiled constraints of each vocabulary by the text of their source, the most recently used last. */
const cache = new WeakMap<Vocabulary, Map<string, Grammar<unknown>>>();
/** Maximum number of compiled constraints in the cache of a vocabulary. */
const MAX_CACHED = 8;

/**
 * Compiles a constraint for the tokens of a domain of text:
 *
 * ```ts
 * const constraint = createConstraint(domain, { jsonSchema: { type: 'object', properties: … } });
 * for await (const event of generate(model, prompt, { constraint, stopTokens: domain.stopTokens })) …
 * ```
 *
 * An output ends with a stop token where its text is complete. An output that reaches its maximum length first is the
 * beginning of such a text.
 *
 * @throws RangeError that names a mistake in the source, if no text meets the constraint, or if the domain's tokens
 *   are not text.
 */
export function createConstraint(
  domain: ConstrainedDomain,
  source: ConstraintSource,
): Grammar<unknown> {
  const known = cache.get(domain.vocabulary) ?? new Map<string, Grammar<unknown>>();
  cache.set(domain.vocabulary, known);
  const key = keyOf(source, domain);
  const constraint = known.get(key) ?? compile(domain, source);
  known.delete(key);
  known.set(key, constraint);
  for (const oldest of known.keys()) if (known.size > MAX_CACHED) known.delete(oldest);
  return constraint;
}

/**
 * Builds the data that all constraints of a domain share, which takes the longest part of the first one. A server may
 * call this when it starts.
 */
export function prepareConstraints({ vocabulary }: Pick<ConstrainedDomain, 'vocabulary'>): void {
  if (vocabulary.bytes) tokenTries(vocabulary);
}

function compile(domain: ConstrainedDomain, source: ConstraintSource): Constraint {
  const { jsonSchema, regex, grammar, isCompact, before = '', after = '', repeated } = source;
  const rules = new Rules();
  const part =
    regex !== undefined
      ? readRegex(regex, rules)
      : grammar !== undefined
        ? readGbnf(grammar, rules)
        : readJsonSchema(jsonSchema, rules, { isCompact });
  const { between = '', max = 1 } = repeated ?? {};
  const { specials } = tokenTries(domain.vocabulary);
  const [first, middle, last] = [before, between, after].map((text) => fixed(text, rules, specials)); // prettier-ignore
  const more = rules.repeat(rules.sequence([middle, part]), 0, max - 1);
  const whole = rules.sequence([first, part, more, last]);
  const constraint = new Constraint(checkRules(rules, whole), domain);
  const allowed = constraint.allowed(constraint.start()); // fails for a text with too many ways to begin
  if (allowed.words.some((word) => word !== 0)) return constraint;
  throw new RangeError('constraint: no token of the vocabulary begins a text that meets it');
}

/** Returns the part that matches a fixed text. Names of special tokens in it stand for those tokens. */
function fixed(text: string, rules: Rules, specials: readonly string[]): Part {
  const name = specials.find((each) => text.includes(each));
  if (name === undefined) return rules.text(text);
  const [before, ...after] = text.split(name);
  const token = Array.from(specialBytes(name), (byte) => rules.range(byte, byte));
  return rules.sequence([
    ...[fixed(before, rules, specials), ...token],
    fixed(after.join(name), rules, specials),
  ]);
}

/**
 * Returns the key of a constraint in the cache.
 *
 * @throws RangeError for a schema that is nested far too deeply to be a cache key.
 */
function keyOf(source: ConstraintSource, { stopTokens }: ConstrainedDomain): string {
  try {
    return JSON.stringify([source, stopTokens]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError('schema #: expected fewer nested schemas, got too many', { cause: error });
  }
}
