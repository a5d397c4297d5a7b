import { ROUGE_TOKENIZERS } from '@ramble/metrics';

/**
 * The end of a sentence, with the white space after it: a mark before anything but a small letter,
 * a Chinese or Japanese mark anywhere, or the end of a line. `Intl.Segmenter` is more precise, but
 * takes minutes for a megabyte.
 */
const END =
  /[.!?…](?![.!?…])["'”’)\]]*\s+(?=[^\p{Ll}\s])|[。！？](?![。！？])["'”’）」』]*\s*|\n\s*/gu;

/** The sentences of a text, each with the white space after it; joined, they are the text. */
export function sentencesOf(text: string): string[] {
  return partsBehind(text, END);
}

/** The paragraphs of a text, each with the blank lines after it; joined, they are the text. */
export function paragraphsOf(text: string): string[] {
  return partsBehind(text, /\n[^\S\n]*\n\s*/g);
}

/** The parts of a text that `end` ends, each with its end: joined they are the text. */
function partsBehind(text: string, end: RegExp): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const { index, 0: found } of text.matchAll(end)) {
    parts.push(text.slice(start, index + found.length));
    start = index + found.length;
  }
  if (start < text.length) parts.push(text.slice(start));
  return parts;
}

/** The words of a text in lower case, of any script. */
export const wordsOf = ROUGE_TOKENIZERS.unicode;

/** The first `count` words, separated by single spaces. */
export function firstWords(text: string, count: number): string {
  const words = text.trim().split(/\s+/);
  return words.slice(0, count).join(' ');
}

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

/** Whether a line ends within a sentence, because the next word did not fit. */
function isWrapped(line: string, next: string, width: number): boolean {
  if (line.length < MIN_WIDTH || /^([-*•]|\d+[.)])\s/.test(next)) return false;
  const hasRoom = `${line} ${next.split(/\s/, 1)[0]}`.length <= width;
  return !hasRoom && !/[.!?…。！？:]["'”’)\]」』]*$/u.test(line);
}
