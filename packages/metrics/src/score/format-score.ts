import { formatDecimals } from './format-decimals.js';
import type { Score } from './metric.js';

/**
 * A score in one line, as sacreBLEU prints it:
 * `BLEU|nrefs:1|case:mixed|… = 52.79 77.5/57.6/47.6/41.8 (BP = 0.967 …)`.
 */
export function formatScore(
  { name, score, signature, details }: Score,
  { decimals = 2 }: { readonly decimals?: number } = {},
): string {
  const line = `${name}|${signature} = ${formatDecimals(score, decimals)}`;
  return details === '' ? line : `${line} ${details}`;
}
