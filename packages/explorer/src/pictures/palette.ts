/** Colours of a page, light and dark: background, text and faint text. */
export const PALETTE = {
  light: { page: '#ffffff', text: '#1a1a1a', faint: '#5c5c5c' },
  dark: { page: '#121212', text: '#ececec', faint: '#a3a3a3' },
} as const;

/** Colours of the lines of charts, which are visible on both backgrounds and differ from each other in grey. */
export const CHART_COLOURS = { first: '#4269d0', second: '#d9480f', faint: '#888888' } as const;

function rulesOf({
  page,
  text,
  faint,
}: Readonly<Record<'page' | 'text' | 'faint', string>>): string {
  return `--page: ${page}; --text: ${text}; --faint: ${faint};`;
}

/** Returns the CSS variables of the palette, light or dark by the reader's setting. */
export function paletteStyle(): string {
  return `:root { color-scheme: light dark; --line: #8884; ${rulesOf(PALETTE.light)} }
@media (prefers-color-scheme: dark) { :root { ${rulesOf(PALETTE.dark)} } }`;
}

/**
 * CSS of shaded elements (`shaded`), at most 80 % opaque, so that text on them is readable. Faint text has the normal
 * text colour there, because it would not be readable.
 */
export const SHADE_STYLE = `
.shaded { background: rgb(66 105 208 / calc(80% * var(--weight))); }
.shaded small { color: inherit; }
`;

/** Number of shades, so that nearly equal values have equal shades. */
const LEVELS = 20;

/**
 * Returns the opacity, in steps of 1/20, for a fraction from 0 to 1. The square root keeps small fractions
 * visible.
 */
export function opacityOf(share: number): number {
  return Math.round(LEVELS * Math.sqrt(share)) / LEVELS;
}

/**
 * Returns the attributes of an element that shows a fraction from 0 to 1 by its shade; none if it is almost
 * 0.
 */
export function shaded(share: number): { class?: string; style?: string } {
  const weight = opacityOf(share);
  return weight > 0 ? { class: 'shaded', style: `--weight:${weight}` } : {};
}
