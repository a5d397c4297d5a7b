/**
 * Quotes a word for a shell, so that printed commands can be pasted: a path may contain spaces, quotes, or even a
 * command.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, section 2.2.2
 */
export function shellQuoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
