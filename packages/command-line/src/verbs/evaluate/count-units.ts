import type { AnyDomain, AnyApp } from '@ramble/core';
import { measureFeature } from './evaluate-features.js';

/** What data counts in the app's units: `{ character: 1204997, byte: 1205014, word: 208426 }`. */
export async function countUnits(
  app: AnyApp,
  domain: AnyDomain,
  examples: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const measure = measureFeature.of(app);
  if (!measure) return counts;
  for await (const example of examples) {
    for (const [unit, count] of Object.entries(measure(example, domain))) {
      counts[unit] = (counts[unit] ?? 0) + count;
    }
  }
  return counts;
}
