/** First words of a shell's lines on the pages. */
const COMMANDS =
  /^(npx|npm|node|ramble|curl|git|cd|apt-get|python3?|pip|docker|bun|deno|[A-Z_]+=)\b/;

/**
 * Names the language of blocks of code that have none, as the site would colour them as TypeScript:
 * commands are of the shell, and what a program printed is text.
 *
 * @param {string} markdown
 */
export function nameFences(markdown) {
  return markdown.replace(/^```(\S*)[^\n]*\n(.*?)^```$/gms, (_, language, block) => {
    const guess = block.split('\n').some((line) => COMMANDS.test(line)) ? 'sh' : 'text';
    return `\`\`\`${language || guess}\n${block}\`\`\``;
  });
}
