import stringWidth from 'string-width';

/** A text that takes at most `width` cells of a terminal, its end cut off where it is longer. */
export function fitText(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let fitting = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(fitting + segment) >= width) break;
    fitting += segment;
  }
  return `${fitting}…`;
}
