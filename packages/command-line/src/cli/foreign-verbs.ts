import type { Verbs } from '../verb/verb.js';

/** The name of the verb that a word means, which may be the word itself. */
export function verbOf(word: string, { aliases }: Pick<Verbs, 'aliases'>): string {
  return Object.hasOwn(aliases, word) ? aliases[word] : word;
}

/**
 * What to type instead of a verb of another program.
 *
 * @param domain - Whose verb it was to be; unless given, that of the examples.
 */
export function verbAdvice(
  word: string,
  domain: string,
  { advice }: Pick<Verbs, 'advice'>,
): string | undefined {
  const plain = word.replace(/[-_]/g, '').toLowerCase();
  if (!Object.hasOwn(advice, plain)) return undefined;
  const [say, because] = advice[plain];
  return `Use ${say.replace('DOMAIN', domain)} instead: ${because}`;
}
