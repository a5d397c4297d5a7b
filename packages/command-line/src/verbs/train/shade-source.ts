import type { Domain, Model, TokenPrompt } from '@ramble/core';
import { sourceAttention } from '@ramble/core/study';

import type { ShadedWord } from '../../report/report-page.js';

/**
 * The words of what was asked, and how much the output looked at each beside the one that it looked at
 * most.
 */
export function shadeSource(
  { vocabulary }: Pick<Domain<unknown, unknown, unknown>, 'vocabulary'>,
  model: Model,
  prompt: TokenPrompt,
  output: ArrayLike<number>,
): ShadedWord[] {
  const { contextLength } = model.config;
  const outputStart = prompt.outputStart ?? prompt.tokens.length;
  const tokens = [...Array.from(prompt.tokens), ...Array.from(output)].slice(0, contextLength);
  const shares = sourceAttention(model, { ...prompt, tokens, outputStart });
  const highest = Math.max(...shares);
  const words: { word: string; share: number }[] = [];
  for (const [i, share] of shares.entries()) {
    const text = textOf(vocabulary.describe(tokens[i]));
    const last = words.at(-1);
    const own = highest > 0 ? share / highest : 0;
    if (!last || /^\s/.test(text)) words.push({ word: text, share: own });
    else words[words.length - 1] = { word: last.word + text, share: Math.max(last.share, own) };
  }
  return words;
}

/** A token's text, from its word in quotes; U+FFFD for part of a character. */
function textOf(word: string): string {
  if (!word.startsWith('"')) return '\ufffd';
  try {
    return String(JSON.parse(word));
  } catch {
    return word;
  }
}
