import { paragraphsOf } from './paragraphs.js';

/** The narrowest column that texts are wrapped to, less a long last word. */
const MIN_WIDTH = 40;

/**
 * A text whose wrapped paragraphs have one line each, so that the end of a line is not taken for the end
 * of a sentence. Lists, headings and paragraphs with a sentence on each line stay as they are.
 */
export function unwrapLines(text: string): string {
  return paragraphsOf(text)
    .map((paragraph) => {
      const body = paragraph.trimEnd();
      const lines = body.split('\n').map((line) => line.trim());
      const width = lines.reduce((most, { length }) => Math.max(most, length), 0);
      const wrapped = lines.slice(0, -1).filter((line, i) => isWrapped(line, lines[i + 1], width));
      if (wrapped.length === 0 || wrapped.length * 2 < lines.length - 1) return paragraph;
      return lines.join(' ') + paragraph.slice(body.length);
    })
    .join('');
}

/** Whether a line ends within a sentence, where the next word had no room in it. */
function isWrapped(line: string, next: string, width: number): boolean {
  if (line.length < MIN_WIDTH || /^([-*•]|\d+[.)])\s/.test(next)) return false;
  const hasRoom = `${line} ${next.split(/\s/, 1)[0]}`.length <= width;
  return !hasRoom && !/[.!?…。！？:]["'”’)\]」』]*$/u.test(line);
}
