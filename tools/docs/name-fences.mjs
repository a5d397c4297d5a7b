/** First words of a shell's lines on the pages. */
const COMMANDS =
  /^(npx|npm|node|ramble|curl|git|cd|apt-get|python3?|pip|docker|bun|deno|[A-Z_]+=)\b/;

/**
 * Names the language of blocks of code without one, which the site would colour as TypeScript: commands become
 * `sh`, output of programs becomes text.
 *
 * @param {string} markdown
 */
export function nameFences(markdown) {
  return markdown.replace(/^```(\S*)[^\n]*\n(.*?)^```$/gms, (_, language, block) => {
    const guess = block.split('\n').some((line) => COMMANDS.test(line)) ? 'sh' : 'text';
    return `\`\`\`${language || guess}\n${block}\`\`\``;
  });
}
