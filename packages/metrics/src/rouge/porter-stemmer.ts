/**
 * Removes the endings of English words: `relational` becomes `relat`. Porter's algorithm with NLTK's default
 * extensions, which rouge-score uses.
 *
 * @param word - Word in lower case.
 * @see Porter 1980, "An algorithm for suffix stripping"; https://www.nltk.org/_modules/nltk/stem/porter.html
 */
export function porterStem(word: string): string {
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (word.length <= 2) return word;
  return STEPS.reduce(
    (stem, step) => (typeof step === 'function' ? step(stem) : applyFirst(stem, step)),
    word,
  );
}

const IRREGULAR = new Map(
  Object.entries({
    ...{ sky: 'sky', skies: 'sky', dying: 'die', lying: 'lie', tying: 'tie', news: 'news' },
    ...{ innings: 'inning', inning: 'inning', outings: 'outing', outing: 'outing' },
    ...{ cannings: 'canning', canning: 'canning', howe: 'howe' },
    ...{ proceed: 'proceed', exceed: 'exceed', succeed: 'succeed' },
  }),
);

/** Rule that replaces an ending if the stem before it meets the condition (always, if there is no condition). */
type Rule = readonly [ending: string, replacement: string, condition?: (stem: string) => boolean];

/** Returns rules that have a common condition, from endings and their replacements. */
function rulesOf(
  replacements: Readonly<Record<string, string>>,
  condition: (stem: string) => boolean,
): readonly Rule[] {
  return Object.entries(replacements).map((pair) => [...pair, condition]);
}

/** Applies the first rule with the word's ending, if its condition is met. Later rules are not tried. */
function applyFirst(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([ending]) => word.endsWith(ending));
  if (!rule) return word;
  const [ending, replacement, condition] = rule;
  const stem = word.slice(0, word.length - ending.length);
  return condition === undefined || condition(stem) ? stem + replacement : word;
}

/** Step 1a of Porter's algorithm: `caresses` becomes `caress`, `ponies` `poni`, `ties` `tie`, `cats` `cat`. */
function stripPlural(word: string): string {
  if (word.length === 4 && word.endsWith('ies')) return word.slice(0, -1);
  return applyFirst(word, [
    ['sses', 'ss'],
    ['ies', 'i'],
    ['ss', 'ss'],
    ['s', ''],
  ]);
}

/**
 * Step 1b of Porter's algorithm: `agreed` becomes `agree`, `plastered` `plaster`, `hopping` `hop`, `filing` `file`.
 */
function stripPastAndIng(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const stem = ['ed', 'ing']
    .filter((ending) => word.endsWith(ending))
    .map((ending) => word.slice(0, word.length - ending.length))
    .find(hasVowel);
  return stem === undefined ? word : mendStem(stem);
}

/**
 * Repairs a stem after step 1b of Porter's algorithm: adds an `e`, as in `filing` to `file`, or removes one of two
 * equal consonants.
 */
function mendStem(stem: string): string {
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsInDoubleConsonant(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

/** Step 1c of Porter's algorithm: `happy` becomes `happi`, and `enjoy` stays. */
const Y_TO_I: readonly Rule[] = [
  ['y', 'i', (stem) => stem.length > 1 && isConsonant(stem, stem.length - 1)],
];

const SHORTENED_DOUBLE: readonly Rule[] = [
  ...rulesOf(
    {
      ...{ ational: 'ate', tional: 'tion', enci: 'ence', anci: 'ance', izer: 'ize', bli: 'ble' },
      ...{ alli: 'al', entli: 'ent', eli: 'e', ousli: 'ous', ization: 'ize', ation: 'ate' },
      ...{ ator: 'ate', alism: 'al', iveness: 'ive', fulness: 'ful', ousness: 'ous' },
      ...{ aliti: 'al', iviti: 'ive', biliti: 'ble', fulli: 'ful' },
    },
    isLong,
  ),
  // The `l` of the ending counts as part of the stem, so that `geologi` becomes `geolog`.
  ['logi', 'log', (stem) => isLong(`${stem}l`)],
];

/** Step 2 of Porter's algorithm: `relational` becomes `relate`, `digitizer` `digitize`. */
function shortenDouble(word: string): string {
  if (word.endsWith('alli') && isLong(word.slice(0, -4))) return shortenDouble(word.slice(0, -2));
  return applyFirst(word, SHORTENED_DOUBLE);
}

/** Step 3 of Porter's algorithm: `triplicate` becomes `triplic`, `goodness` `good`. */
const SHORTENED_SINGLE = rulesOf(
  { icate: 'ic', ative: '', alize: 'al', iciti: 'ic', ical: 'ic', ful: '', ness: '' },
  isLong,
);

/** Step 4 of Porter's algorithm: `revival` becomes `reviv`, `adoption` `adopt`. */
const STRIPPED_LAST: readonly Rule[] = [
  ['ion', '', (stem) => isLonger(stem) && /[st]$/.test(stem)],
  ...'al ance ence er ic able ible ant ement ment ent ou ism ate iti ous ive ize'
    .split(' ')
    .map((ending): Rule => [ending, '', isLonger]),
];

/** Step 5a of Porter's algorithm: `probate` becomes `probat`, `cease` `ceas`. */
const STRIPPED_E: readonly Rule[] = [
  ['e', '', (stem) => isLonger(stem) || (measure(stem) === 1 && !endsShort(stem))],
];

/** Step 5b of Porter's algorithm: `controll` becomes `control`. */
function shortenFinalL(word: string): string {
  return word.endsWith('ll') && isLonger(word.slice(0, -1)) ? word.slice(0, -1) : word;
}

/** Steps of Porter's algorithm in order, as functions of a word or as rules for `applyFirst`. */
const STEPS = [
  ...[stripPlural, stripPastAndIng, Y_TO_I, shortenDouble],
  ...[SHORTENED_SINGLE, STRIPPED_LAST, STRIPPED_E, shortenFinalL],
];

/** Whether the letter at index `at` is a consonant: not a, e, i, o or u, and not a y after a consonant. */
function isConsonant(word: string, at: number): boolean {
  if ('aeiou'.includes(word[at])) return false;
  return word[at] !== 'y' || at === 0 || !isConsonant(word, at - 1);
}

function hasVowel(stem: string): boolean {
  return Array.from(stem).some((_, i) => !isConsonant(stem, i));
}

/** Returns Porter's measure: m of `[C](VC){m}[V]`, where C are consonants and V are vowels. */
function measure(stem: string): number {
  let [count, wasVowel] = [0, false];
  for (let i = 0; i < stem.length; i++) {
    const isVowel = !isConsonant(stem, i);
    if (wasVowel && !isVowel) count++;
    wasVowel = isVowel;
  }
  return count;
}

function isLong(stem: string): boolean {
  return measure(stem) > 0;
}

function isLonger(stem: string): boolean {
  return measure(stem) > 1;
}

function endsInDoubleConsonant(word: string): boolean {
  return word.length >= 2 && word.at(-1) === word.at(-2) && isConsonant(word, word.length - 1);
}

/**
 * Whether a stem ends in consonant, vowel and consonant other than w, x and y, or is a vowel and a consonant.
 */
function endsShort(word: string): boolean {
  const last = word.length - 1;
  if (last < 1 || isConsonant(word, last - 1) || !isConsonant(word, last)) return false;
  return last === 1 || (isConsonant(word, last - 2) && !/[wxy]$/.test(word));
}
