/**
 * Quotes a word for a shell, for commands that messages print to be pasted: a path or a name may contain
 * spaces, quotes, or a command of its own.
 *
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, section 2.2.2
 */
export function shellQuoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
