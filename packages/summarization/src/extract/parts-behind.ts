/** The parts of a text that `end` ends, each with its end: joined they are the text. */
export function partsBehind(text: string, end: RegExp): string[] {
  const parts: string[] = [];
  let start = 0;
  for (const { index, 0: found } of text.matchAll(end)) {
    parts.push(text.slice(start, index + found.length));
    start = index + found.length;
  }
  if (start < text.length) parts.push(text.slice(start));
  return parts;
}
