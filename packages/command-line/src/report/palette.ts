/** The colours of a page, light and dark: what is written on what. */
export const PALETTE = {
  light: { page: '#ffffff', text: '#1a1a1a', faint: '#5c5c5c' },
  dark: { page: '#121212', text: '#ececec', faint: '#a3a3a3' },
} as const;

/** Colours of the lines of charts; both differ from either background, and from each other in grey. */
export const CHART_COLOURS = { first: '#4269d0', second: '#d9480f', faint: '#888888' } as const;

function rulesOf({
  page,
  text,
  faint,
}: Readonly<Record<'page' | 'text' | 'faint', string>>): string {
  return `--page: ${page}; --text: ${text}; --faint: ${faint};`;
}

/** CSS that names the colours of a page, as its reader likes it light or dark. */
export const PALETTE_STYLE = `:root { color-scheme: light dark; --line: #8884; ${rulesOf(PALETTE.light)} }
@media (prefers-color-scheme: dark) { :root { ${rulesOf(PALETTE.dark)} } }`;

/** Shades from the faintest to the strongest. */
const LEVELS = 16;
/** The opacity of the strongest shade: text stays readable on it. */
const OPAQUE = 0.8;
const HUE = '66 105 208';

/**
 * CSS of the classes of shades: `s1` to `s16` shade backgrounds, `f1` to `f16` fill shapes. What is written
 * on a shade has the colour of text, as a faint one could not be read there.
 */
export const SHADE_STYLE = Array.from({ length: LEVELS }, (_, i) => {
  const colour = `rgb(${HUE} / ${((OPAQUE * (i + 1)) / LEVELS).toFixed(2)})`;
  return `.s${i + 1} { background: ${colour}; } .s${i + 1} small { color: inherit; } .f${i + 1} { fill: ${colour}; }`;
}).join('\n');

/** Level of shade for a share of 0 to 1: 0 for almost none, up to `LEVELS`; small shares remain distinct. */
export function shadeLevel(share: number): number {
  return Math.round(LEVELS * Math.sqrt(share));
}

/** The attribute of an element whose background shows a share of 1. */
export function shadeClass(share: number): string {
  const level = shadeLevel(share);
  return level === 0 ? '' : ` class="s${level}"`;
}
