import type { TranslationExample } from './translation-domain.js';

/** The most probable translation of each source word. */
export type WordTable = ReadonlyMap<string, string>;

/** Maximum number of words of a pair. In longer pairs, most links would be wrong. */
const MAX_WORDS = 60;
/** Empty word added to every source. Target words that translate no source word are linked to it. */
const NULL_WORD = '';

/**
 * Learns a translation of each word by IBM's model 1: each word of a target comes from one word of the
 * source. All words of the source are equally likely at first; each round raises the probability of the words
 * that explain the target best.
 *
 * @param rounds - Number of rounds of expectation and maximization.
 * @see Brown et al. 1993, section 4.2, https://aclanthology.org/J93-2003
 */
export async function learnWords(
  pairs: AsyncIterable<TranslationExample> | Iterable<TranslationExample>,
  { rounds = 5 }: { readonly rounds?: number } = {},
): Promise<WordTable> {
  const links = await linkWords(pairs);
  let probabilities: Float64Array = new Float64Array(links.size).fill(1);
  for (let round = 0; round < rounds; round++) probabilities = improve(links, probabilities);
  return likeliest(links, probabilities);
}

/** All pairs of a source word and a target word that occur together in an example ("links"), by number. */
interface Links {
  /** Number of different links. */
  readonly size: number;
  /** For each link, the id of its source word. */
  readonly sources: readonly number[];
  readonly targets: readonly number[];
  readonly sourceWords: readonly string[];
  readonly targetWords: readonly string[];
  /** The links of each pair: for each target word, its links with all source words. */
  readonly pairs: readonly { readonly sourceCount: number; readonly links: Int32Array }[];
}

async function linkWords(
  examples: AsyncIterable<TranslationExample> | Iterable<TranslationExample>,
): Promise<Links> {
  const [sourceIds, targetIds] = [new Map<string, number>(), new Map<string, number>()];
  const idIn = (ids: Map<string, number>, word: string): number => {
    const id = ids.get(word) ?? ids.size;
    ids.set(word, id);
    return id;
  };
  const sources: number[] = [];
  const targets: number[] = [];
  const linksOf: Map<number, number>[] = []; // by source word: target word -> link
  const pairs: { sourceCount: number; links: Int32Array }[] = [];
  for await (const { source, target } of examples) {
    const from = [NULL_WORD, ...wordsOf(source)].map((word) => idIn(sourceIds, word));
    const to = wordsOf(target).map((word) => idIn(targetIds, word));
    if (to.length === 0 || Math.max(from.length, to.length) > MAX_WORDS) continue;
    const links = new Int32Array(from.length * to.length);
    to.forEach((f, j) => {
      from.forEach((e, i) => {
        const own = (linksOf[e] ??= new Map<number, number>());
        let link = own.get(f);
        if (link === undefined) {
          link = sources.length;
          own.set(f, link);
          sources.push(e);
          targets.push(f);
        }
        links[j * from.length + i] = link;
      });
    });
    pairs.push({ sourceCount: from.length, links });
  }
  const [sourceWords, targetWords] = [[...sourceIds.keys()], [...targetIds.keys()]];
  return { size: sources.length, sources, targets, sourceWords, targetWords, pairs };
}

/**
 * Returns the new probability of each link's target given its source, from the expected counts of the links.
 */
function improve({ size, sources, sourceWords, pairs }: Links, before: Float64Array): Float64Array {
  const counts = new Float64Array(size);
  for (const { sourceCount, links } of pairs) {
    for (let first = 0; first < links.length; first += sourceCount) {
      let sum = 0;
      for (let i = first; i < first + sourceCount; i++) sum += before[links[i]];
      for (let i = first; i < first + sourceCount; i++) {
        counts[links[i]] += before[links[i]] / sum;
      }
    }
  }
  const totals = new Float64Array(sourceWords.length);
  counts.forEach((count, link) => (totals[sources[link]] += count));
  return counts.map((count, link) => count / totals[sources[link]]);
}

function likeliest(
  { sources, targets, sourceWords, targetWords }: Links,
  probabilities: Float64Array,
): WordTable {
  const best = new Int32Array(sourceWords.length).fill(-1);
  probabilities.forEach((probability, link) => {
    const source = sources[link];
    if (best[source] < 0 || probability > probabilities[best[source]]) best[source] = link;
  });
  const entries = Array.from(best.entries()).filter(([, link]) => link >= 0);
  return new Map(
    entries.map(([source, link]) => [sourceWords[source], targetWords[targets[link]]]),
  );
}

/** Translates a text word by word, in the order of the text. Words that are not in the table stay unchanged. */
export function translateWords(table: WordTable, text: string): string {
  return text.replaceAll(WORD, (word) => table.get(word) ?? table.get(word.toLowerCase()) ?? word);
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu;

function wordsOf(text: string): readonly string[] {
  return text.match(WORD) ?? [];
}
