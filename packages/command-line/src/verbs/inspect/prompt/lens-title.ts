/** Where a reading of the lens was taken: `embeddings`, `after block 3`. */
export function lensTitle(blocks: number): string {
  return blocks === 0 ? 'embeddings' : `after block ${blocks - 1}`;
}
