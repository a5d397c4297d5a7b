/** Next part of a line of a shell: a comment, an end of a command, a redirection or a word. */
const PART = /\s*(?:(#.*)|([|&;]+)|([<>]+)|((?:'[^']*'|"[^"]*"|\\.|[^\s'"\\|&;<>])+))/y;

/**
 * Returns the commands of `ramble` in lines of a shell, each as the words after `ramble` that the shell would pass.
 *
 * @throws Error for a line with a quote that does not end.
 */
export function commandsIn(lines: string): string[][] {
  const whole = lines.replaceAll('\\\n', ' ').split('\n');
  const own = whole.filter((line) => line.includes('ramble '));
  return own.flatMap(split).flatMap((words) => {
    const [first, second, ...others] = words;
    if (first === 'ramble') return [words.slice(1)];
    const launched = words.indexOf('node_modules/.bin/ramble'); // after a launcher and its own words
    if (launched >= 0) return [words.slice(launched + 1)];
    return first === 'npx' && second === 'ramble' ? [others] : [];
  });
}

/** Returns the commands of a line as words, without redirections. */
function split(line: string): string[][] {
  const commands: string[][] = [[]];
  const text = line.trimEnd();
  let isFile = false;
  for (PART.lastIndex = 0; PART.lastIndex < text.length;) {
    const at = PART.lastIndex;
    const found = PART.exec(text) as (string | undefined)[] | null;
    if (!found) throw new Error(`${line}: expected words of a shell, got ${text.slice(at)}`);
    const [, comment, end, redirection, word] = found;
    if (comment !== undefined) break;
    if (end !== undefined) commands.push([]);
    if (word !== undefined && !isFile) commands[commands.length - 1].push(unquote(word));
    isFile = redirection !== undefined;
  }
  return commands;
}

function unquote(word: string): string {
  return word.replace(/'([^']*)'|"([^"]*)"|\\(.)/g, '$1$2$3');
}
