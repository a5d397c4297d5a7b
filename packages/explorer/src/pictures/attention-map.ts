/**
 * Colours of heads that are drawn together. They can be told apart on light and dark backgrounds. If there are more
 * heads than colours, colours repeat.
 */
export const HEAD_COLOURS: readonly string[] = [
  ...['#4269d0', '#e8590c', '#3ca951', '#a463f2'],
  ...['#e64980', '#12a3b8', '#d9a400', '#9c6b4e'],
];

/** Rules by which attention weights become shades of a colour. */
export interface ShadeOptions {
  /** Whether the largest weight of each row has the full colour; otherwise, only a weight of 1 has. */
  readonly isByRow?: boolean;
  /**
   * Whether the weights of the first token are left out. Many heads attend to it if nothing else matters to them (an
   * attention sink; Xiao et al. 2023, "Efficient Streaming Language Models with Attention Sinks").
   */
  readonly hidesFirst?: boolean;
}

/**
 * Returns the shades of a row of attention weights, from 0 to 1.
 *
 * @param weights - Weights from 0 to 1, or `null` where the mask hides the token.
 */
export function shadesOf(
  weights: ArrayLike<number | null>,
  { isByRow = false, hidesFirst = false }: ShadeOptions,
): Float32Array {
  const shades = Float32Array.from(weights, (weight) => weight ?? 0);
  if (hidesFirst) shades[0] = 0;
  if (!isByRow) return shades;
  const most = shades.reduce((largest, shade) => Math.max(largest, shade), 0);
  return most > 0 ? shades.map((shade) => shade / most) : shades;
}

/**
 * Reduces attention weights to a small square picture. A cell has the largest shade of the weights that it covers, so
 * that a single large weight stays visible.
 *
 * @param rows - Weights of each query token to each key token, `[S, S]`.
 * @param side - Maximum number of cells in a row.
 * @returns Shades from 0 to 255, row by row, `[min(S, side), min(S, side)]`.
 */
export function attentionMap(
  rows: readonly ArrayLike<number | null>[],
  side: number,
  options: ShadeOptions,
): number[] {
  const size = Math.min(rows.length, side);
  const map = new Array<number>(size * size).fill(0);
  rows.forEach((row, query) => {
    const start = size * Math.floor((query * size) / rows.length);
    shadesOf(row, options).forEach((shade, key) => {
      const cell = start + Math.floor((key * size) / rows.length);
      map[cell] = Math.max(map[cell], Math.round(255 * shade));
    });
  });
  return map;
}
