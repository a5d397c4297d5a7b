import type { AnyApp, DataFile } from '@ramble/core';

/** What data counts in the app's units: `{ character: 1204997, byte: 1205014, word: 208426 }`. */
export async function countUnits(
  app: AnyApp,
  files: readonly DataFile[],
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  if (!app.measure) return counts;
  for await (const example of app.readExamples(files)) {
    for (const [unit, count] of Object.entries(app.measure(example))) {
      counts[unit] = (counts[unit] ?? 0) + count;
    }
  }
  return counts;
}
