/** Converts a setting's name to its flag: `nLayer` to `--n-layer`. */
export function flagName(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * An error message with settings named as they are typed: the one that the message begins with, those
 * that cannot be ordinary words, and those with a value: `unknown: 'replace'` is `--unknown replace`.
 * Advice at the end, to use a setting that cannot be typed, is left out.
 *
 * `nHead: expected a divisor of nEmbd (384), got 7` becomes
 * `--n-head: expected a divisor of --n-embd (384), got 7`.
 */
export function nameFlags(message: string, settings: readonly string[]): string {
  const known = new Set(settings);
  const advised = /\. Use (\w+): '[^']*'[^.]*\.$/.exec(message);
  const useful = advised && !known.has(advised[1]) ? message.slice(0, advised.index) : message;
  const typed = useful.replace(/\b(\w+): '([^']*)'/g, (code, word: string, value: string) =>
    known.has(word) ? `${flagName(word)} ${value}` : code,
  );
  return typed.replace(/(?<![\w-])[a-z]\w*/gi, (word, start: number) => {
    const isSubject = start === 0 && message[word.length] === ':';
    return known.has(word) && (isSubject || /[A-Z]/.test(word)) ? flagName(word) : word;
  });
}

/** The setting that a message begins with. */
export function subjectOf(message: string): string | undefined {
  return /^(\w+): /.exec(message)?.[1];
}
