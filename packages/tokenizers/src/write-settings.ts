import { type SpecialTokens } from './special-tokens.js';
import { type TokenizerKind } from './tokenizer.js';

/** The tokenizer.json of the kinds that Hugging Face has no form for. */
export function writeSettings(
  kind: TokenizerKind,
  specials: SpecialTokens,
  settings: Readonly<Record<string, string>>,
): string {
  return JSON.stringify({ kind, ...settings, specialTokens: [...specials.keys()] }, null, 2) + '\n';
}
