/** Longer ones are no slips of the finger, and the comparison takes time for every pair of letters. */
const LONGEST_NAME = 100;

/**
 * The known name that a mistyped one most likely means: equal but for case and punctuation, or
 * within a third of its length in edits. Where both are of as many words, each word must be near: it
 * is no slip to write `evalSteps` for `maxSteps`. If no name is near, the first known one that
 * has all words of the typed one, side by side: `maxMinutes` for `minutes`.
 *
 * @returns `undefined` when none is near.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked.at(0);
  return best && best.distance < Infinity ? best.candidate : longerName(name, known);
}

/** The first known name that has the words of a name, unless the name is a single letter. */
function longerName(name: string, known: readonly string[]): string | undefined {
  const forms = [name, name.toLowerCase()].map((form) => wordsOf(form).join(' '));
  if (forms[0].length < 2) return undefined;
  return known.find((candidate) => {
    const words = ` ${wordsOf(candidate).join(' ')} `;
    return forms.some((form) => words.includes(` ${form} `));
  });
}

/** In edits; infinite when it is too far. */
function distanceOf(name: string, candidate: string): number {
  const [typed, meant] = [wordsOf(name), wordsOf(candidate)];
  const distance = editDistance(typed.join(''), meant.join(''));
  const isNear = (edits: number, word: string): boolean => edits <= Math.max(1, word.length / 3);
  if (!isNear(distance, typed.join(''))) return Infinity;
  const areNear =
    typed.length !== meant.length ||
    typed.every((word, i) => isNear(editDistance(word, meant[i]), word));
  return areNear ? distance : Infinity;
}

function wordsOf(name: string): string[] {
  const apart = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return apart.split(/[^a-z0-9]+/).filter((word) => word !== '');
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
