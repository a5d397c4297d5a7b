/** Name of the file that holds a chat template, in a run and in a Hugging Face folder. */
export const CHAT_TEMPLATE_FILE = 'chat_template.jinja';

/** Longer than a hundred of the longest that models have. */
const MOST_CHARACTERS = 2 ** 20;

/**
 * Checks the text of a chat template.
 *
 * @returns the text.
 * @throws RangeError for one that is far longer than any model's.
 */
export function checkTemplate(source: string): string {
  if (source.length <= MOST_CHARACTERS) return source;
  throw new RangeError(
    `${CHAT_TEMPLATE_FILE}: expected at most ${MOST_CHARACTERS} characters, got ${source.length}`,
  );
}
