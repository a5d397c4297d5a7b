/** Colours of positive and negative values. Their opacity, one of 32 shades, is the magnitude. */
const [POSITIVE, NEGATIVE] = [
  [84, 104, 240],
  [235, 120, 30],
] as const;
const SHADES = 32;

/**
 * Paints a vector on a canvas, a pixel for each number.
 *
 * @param scale - Magnitude with the full colour; by default the largest of the vector.
 */
export function paintCells(
  canvas: HTMLCanvasElement,
  values: readonly number[],
  scale = Math.max(...values.map(Math.abs)),
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const image = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, i) => {
    // The square root makes small values visible next to a large one.
    const share = Math.sqrt(Math.min(1, Math.abs(value) / (scale || 1)));
    const opacity = (255 * Math.round(share * SHADES)) / SHADES;
    image.data.set([...(value < 0 ? NEGATIVE : POSITIVE), opacity], 4 * i);
  });
  context.putImageData(image, 0, 0);
}

/**
 * Paints shades as a mask, a pixel for each, and returns the mask as a data URL. The masked element has the colour,
 * so that the picture follows the theme.
 *
 * @param shades - Shades from 0 to 255, row by row, with `width` shades in a row.
 */
export function paintShades(shades: ArrayLike<number>, width: number): string {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, shades.length / width];
  const context = canvas.getContext('2d');
  if (!context || shades.length === 0) return '';
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < shades.length; i++) {
    // The square root makes small weights visible.
    const opacity = Math.round(255 * Math.sqrt((shades[i] ?? 0) / 255));
    image.data.set([255, 255, 255, opacity], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
