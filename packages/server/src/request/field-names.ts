import { SAMPLING_SETTINGS } from '@ramble/core';

/** Fields that are not called as the setting is; the others have its name in snake_case. */
const FIELD_OF: Readonly<Record<string, string>> = {
  maxNewTokens: 'max_tokens',
  minNewTokens: 'min_tokens',
  count: 'n',
  nBest: 'n',
  stopToken: 'stop_token_ids',
  stopTokens: 'stop_token_ids',
  allowedToken: 'allowed_tokens',
  suppressedToken: 'suppressed_tokens',
  beginSuppressedToken: 'begin_suppressed_tokens',
  blockedSequence: 'blocked_sequences',
};

/** Options of `generate` that are no settings, and have fields. */
const TOKEN_OPTIONS: readonly string[] = [
  ...['stopTokens', 'allowedTokens', 'suppressedTokens', 'beginSuppressedTokens'],
  ...['forcedLastToken', 'blockedSequences', 'logitBias'],
];

const NAMED: ReadonlySet<string> = new Set([...Object.keys(SAMPLING_SETTINGS), ...TOKEN_OPTIONS]);

/** `maxPolyphony` is `max_polyphony` in a request. */
export function fieldName(setting: string): string {
  return setting.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `max_polyphony` is the setting `maxPolyphony`. */
export function settingName(field: string): string {
  return field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The field of a request that is a setting of `sample`: `max_tokens` for `maxNewTokens`. */
export function fieldOf(setting: string): string {
  return Object.hasOwn(FIELD_OF, setting) ? FIELD_OF[setting] : fieldName(setting);
}

/** A message about settings, with the names of their fields: `n: expected at most num_beams (2), got 3`. */
export function inFieldNames(message: string): string {
  return message.replace(/\b[A-Za-z]+\b/g, (word) => (NAMED.has(word) ? fieldOf(word) : word));
}
