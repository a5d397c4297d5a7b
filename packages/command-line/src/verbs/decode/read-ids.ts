/**
 * The words that stand for token ids: numbers between white space or commas, a JSON list, or what
 * `encode --json` prints, of which the tokens count.
 */
export function readIds(text: string): string[] {
  const lists = [...text.matchAll(/"tokens"\s*:\s*\[([^\]]*)\]/g)].map(([, list]) => list);
  const ids = lists.length > 0 ? lists.join(',') : text;
  return ids.split(/[\s,[\]]+/).filter((word) => word !== '');
}
