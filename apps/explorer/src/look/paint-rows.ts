import type { Rows } from '@ramble/explorer';

/** The colour of attention; its opacity is the weight. */
const COLOUR = [84, 104, 240] as const;

/** Paints weights from 0 to 1, one pixel each, and returns the picture's URL. */
export function paintRows(rows: Rows): string {
  const width = Math.max(1, ...rows.map(({ length }) => length));
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = Math.max(1, rows.length);
  const context = canvas.getContext('2d');
  if (!context) return '';
  const image = context.createImageData(canvas.width, canvas.height);
  rows.forEach((row, y) =>
    row.forEach((weight, x) => {
      // The square root makes small weights visible.
      const opacity = Math.round(255 * Math.sqrt(weight ?? 0));
      image.data.set([...COLOUR, opacity], 4 * (y * width + x));
    }),
  );
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
