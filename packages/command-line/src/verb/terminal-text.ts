/**
 * Control characters that a terminal obeys, but for line ends, tabs, and carriage returns, which stand
 * before the line ends of some texts.
 */
// eslint-disable-next-line no-control-regex -- they are what it looks for
const CONTROLS = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]/g;

/**
 * Text of a model or a file as a terminal may show it: what would move the cursor, set the title or
 * answer for the keyboard stands there as an escape, `\u001b`. The letters of all scripts stay.
 */
export function terminalText(text: string): string {
  return text.replace(
    CONTROLS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
