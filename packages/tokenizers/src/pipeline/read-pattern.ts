import * as library from '@huggingface/tokenizers';

import type { JsonField } from '../json-field.js';
import type { WorkBudget } from '../work-budget.js';
import { type FindMatches, linearPattern } from './linear-pattern.js';
import { ATOMIC_MARK } from './parse-expression.js';

/** A normalizer of `@huggingface/tokenizers`, which rewrites a text. */
export interface LibraryNormalizer {
  normalize(text: string): string;
}

/**
 * The parts of `@huggingface/tokenizers` that ramble uses; their settings are the fields of a tokenizer.json.
 */
interface Library {
  readonly SplitPreTokenizer: new (settings: unknown) => { readonly pattern: RegExp };
  readonly PrecompiledNormalizer: new (settings: unknown) => LibraryNormalizer;
  readonly StripAccentsNormalizer: new (settings: unknown) => LibraryNormalizer;
}

/** The package @huggingface/tokenizers with ramble's type declarations, because TypeScript cannot resolve its own. */
export const huggingFace = library as unknown as Library;

/**
 * Reads a `pattern` of a tokenizer.json: `{ "String": … }`, or `{ "Regex": … }` in Oniguruma's syntax, which
 * `@huggingface/tokenizers` rewrites for JavaScript. Only the expressions of well-known tokenizers run on the
 * JavaScript engine, which is five times as fast but may take unbounded time for others.
 *
 * @throws RangeError that names the field, if JavaScript cannot express the pattern or it is too large.
 */
export function readPattern(field: JsonField): FindMatches {
  const [kind, source] =
    field.field('String').value === undefined
      ? (['Regex', field.field('Regex')] as const)
      : (['String', field.field('String')] as const);
  const text = source.string();
  if (kind === 'String' && text === '') throw source.error('text to look for');
  const longest = kind === 'String' ? MAX_TEXT : MAX_EXPRESSION;
  if (text.length > longest) throw source.error(`at most ${longest} characters`);
  const isKnown = kind === 'Regex' && KNOWN_EXPRESSIONS.has(text);
  let pattern: RegExp;
  try {
    // Whether the behavior is inverted only matters for whether the library puts the match in a group.
    const marked = isKnown || kind === 'String' ? text : markAtomic(text);
    pattern = new huggingFace.SplitPreTokenizer({ pattern: { [kind]: marked }, invert: true })
      .pattern;
  } catch (cause) {
    throw Object.assign(source.error('an expression that JavaScript has'), { cause });
  }
  if (kind === 'String' || isKnown) return nativePattern(pattern);
  try {
    return linearPattern(pattern.source);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw Object.assign(source.error(`an expression ${reason}`), { cause });
  }
}

/**
 * Marks atomic groups and possessive quantifiers, which JavaScript lacks and @huggingface/tokenizers would remove.
 *
 * @param source - Expression in Oniguruma's syntax.
 */
function markAtomic(source: string): string {
  return source.replace(ATOMIC, (whole, quantifier?: string, group?: string) => {
    if (quantifier !== undefined) return quantifier + ATOMIC_MARK;
    return group === undefined ? whole : `(?:${ATOMIC_MARK}`;
  });
}

/**
 * Matches escapes and classes, which stay unchanged; a possessive quantifier; the beginning of an atomic
 * group.
 */
const ATOMIC = /\\[pPx]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|([*+?])\+|(\(\?>)/gsu;

const MAX_TEXT = 1000;
const MAX_EXPRESSION = 10_000;

/** Makes a matcher for an expression whose time on the JavaScript engine is known to be linear. */
export function nativePattern(pattern: RegExp): FindMatches {
  return function* (text) {
    try {
      for (const { 0: match, index } of text.matchAll(pattern)) {
        yield { from: index, to: index + match.length };
      }
    } catch (cause) {
      // V8 needs stack for every character that it may backtrack over.
      if (!(cause instanceof RangeError)) throw cause;
      throw new RangeError(
        `text: expected words that the tokenizer's expression can take, got a text of ${text.length} characters with a longer one; cut it`,
        { cause },
      );
    }
  };
}

/**
 * Replaces the matches of a pattern. As in Oniguruma, an empty match right after another match is ignored.
 *
 * @throws RangeError if the text grows too much.
 */
export function replaceMatches(
  text: string,
  find: FindMatches,
  content: string,
  budget: WorkBudget,
): string {
  let replaced = '';
  let end = 0;
  for (const { from, to } of find(text, budget)) {
    if (from === to && from === end && from > 0) continue;
    budget.grow(content.length - (to - from));
    replaced += text.slice(end, from) + content;
    end = to;
  }
  return end === 0 && replaced === '' ? text : replaced + text.slice(end);
}

const CONTRACTION = `(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
const START = String.raw`[^\r\n\p{L}\p{N}]?`;
const SPACES = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const GPT2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)`;

/**
 * Returns the expressions of tiktoken's cl100k, as in Llama 3 and Qwen.
 *
 * @param digits - Expression for numbers.
 */
function words(digits: string): readonly string[] {
  return [
    String.raw`${CONTRACTION}|${START}\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|${SPACES}`,
    String.raw`${CONTRACTION}|${START}[\p{L}\p{M}]+|${digits}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|${SPACES}`,
  ];
}

/**
 * Returns the expressions of tiktoken's o200k, with and without contractions, as in GPT-4o, Llama 4 and Mistral.
 *
 * @param digits - Expression for numbers.
 */
function casedWords(digits: string): readonly string[] {
  const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
  const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
  const others = String.raw`${digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${SPACES}`;
  return ['', `${CONTRACTION}?`].map(
    (end) => `${START}${upper}*${lower}+${end}|${START}${upper}+${lower}*${end}|${others}`,
  );
}

/** Expressions with limited backtracking, for which the JavaScript engine's time is linear. */
const KNOWN_EXPRESSIONS: ReadonlySet<string> = new Set([
  ...[GPT2, String.raw`${GPT2}|\s+`, String.raw`\s+`, String.raw`\p{N}+`, '[0-9][0-9][0-9]'],
  ...[String.raw`\p{N}`, String.raw`\p{N}{1,3}`].flatMap((digits) => [
    digits,
    ...words(digits),
    ...casedWords(digits),
  ]),
]);
