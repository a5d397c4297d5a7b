/** The colours of a page, light and dark: what is written on what. */
export const PALETTE = {
  light: { page: '#ffffff', text: '#1a1a1a', faint: '#5c5c5c' },
  dark: { page: '#121212', text: '#ececec', faint: '#a3a3a3' },
} as const;

/** The colours of the lines of charts; both can be told from either page, and from each other in grey. */
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
