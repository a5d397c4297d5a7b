/** The title of a row of the logit lens: `embeddings`, `after block 3`. */
export function lensTitle(blocks: number): string {
  return blocks === 0 ? 'embeddings' : `after block ${blocks - 1}`;
}
