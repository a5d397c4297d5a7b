/**
 * Phrases that a reader who does not know ramble has to read twice, each with the words to write instead.
 * The lint counts them in doc comments, descriptions of settings, test titles and error messages. A phrase
 * in backticks or quotes is code or a citation and is not counted.
 */

/** First words of a doc comment, a tag's text or a description without a noun or a subject. */
const FIRST_WORD =
  /^(?:What|Who|Whose|Which|Where|Told|Asks|Tells|Says|Hears|Knows|Has|Lets|Gives|Puts|Goes|Comes|Those|Such|One (?:who|that|to)|How (?!to\b))\b/u;

/** First words of a test title, which rightly begins with a verb such as "has" or "gives". */
const FIRST_WORD_OF_TITLE =
  /^(?:what|who|whose|which|told|asks|tells|says|hears|knows|those|such|one (?:who|that|to)|how (?!to\b))\b/iu;

/**
 * Phrases that a plainer one replaces at any place in a sentence, with the words to write instead.
 */
const PHRASES = [
  ['beside', '"in addition to", "next to" or "compared with"'],
  ['those of', 'the noun again, or a possessive'],
  ['each of which|of which', 'two sentences, or "the first of several"'],
  ['is told|are told', '"receives", "reads" or "is called with"'],
  ['goes? on', '"continues" or "resumes"'],
  ['where there (?:is|are)', '"if … exists" or "unless … is missing"'],
  ['that (?:is|are) there|there (?:is|are) none', '"exists" or "is missing"'],
  ['of several', '"if several …, the first one"'],
  ['came to', '"results in" or "produces"'],
  ['as it is', '"unchanged"'],
  ['by heart', '"memorized"'],
  ['be it', '"whether … or …"'],
].map(([pattern, advice]) => ({ pattern: new RegExp(`\\b(?:${pattern})\\b`, 'giu'), advice }));

const BEGINNING =
  'begin with a noun, or with "Returns", "Reads", "Number of", "Maximum" or "Whether"';
const TITLE = 'begin with a third-person verb and the result that can be observed';
const MISSING =
  'write a sentence, "subject: what is wrong; what to do", for a thing that is missing';

const unquoted = (text) => text.replace(/`[^`]*`|"[^"]*"|'[^'\s][^']*'(?!\w)/gu, '``');

/**
 * Returns the phrases of a text that are hard to read, in order, each with advice.
 *
 * @param kind - `comment`, `description`, `title` or `message`.
 */
export function faultsOf(kind, text) {
  if (kind === 'message')
    return [...text.matchAll(/\bgot (?:none|nothing)\b/gu)].map(([found]) => ({
      found,
      advice: MISSING,
    }));
  const isTitle = kind === 'title';
  const prose = unquoted(text);
  const first = (isTitle ? FIRST_WORD_OF_TITLE : FIRST_WORD).exec(prose)?.[0];
  return [
    ...(first === undefined ? [] : [{ found: first, advice: isTitle ? TITLE : BEGINNING }]),
    ...PHRASES.flatMap(({ pattern, advice }) =>
      [...prose.matchAll(pattern)].map(([found]) => ({ found, advice: `write ${advice}` })),
    ),
  ];
}
