/** The number that a text is: `3`, `-0.5`, `1e-3`; the text itself when it is none. */
export function parseNumber(text: string): number | string {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}
