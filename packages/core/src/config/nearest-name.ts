/**
 * The known name that a mistyped one most likely means: equal but for case and punctuation, or
 * within a third of its length in edits.
 *
 * @returns `undefined` when none is near.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked.at(0);
  return best && best.distance <= Math.max(1, plain(name).length / 3) ? best.candidate : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = swap ? beforeLast[j - 2] + 1 : Infinity;
      row.push(Math.min(row[j - 1] + 1, last[j] + 1, replaced, swapped));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length];
}
