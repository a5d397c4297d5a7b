import { PALETTE, PALETTE_STYLE, SHADE_STYLE } from './palette.js';

type Colour = readonly number[];

function fromHex(hex: string): Colour {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** WCAG 2.2, relative luminance. */
function luminance(colour: Colour): number {
  const [red, green, blue] = colour
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** WCAG 2.2, contrast ratio: level AA requires 4.5 for text. */
function contrast(one: Colour, other: Colour): number {
  const [dark, light] = [one, other].map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** The shades as CSS has them: colour and opacity. */
const shades = [
  ...SHADE_STYLE.matchAll(/\.s\d+ \{ background: rgb\((\d+) (\d+) (\d+) \/ ([\d.]+)\)/g),
]
  .map((found) => found.slice(1).map(Number))
  .map(([red, green, blue, opacity]) => ({ colour: [red, green, blue], opacity }));

describe.each(['light', 'dark'] as const)('a %s page', (scheme) => {
  const { page, text, faint } = PALETTE[scheme];

  it('has text and faint text that can be read', () => {
    expect(PALETTE_STYLE).toContain(`--page: ${page}; --text: ${text}; --faint: ${faint};`);
    expect(contrast(fromHex(text), fromHex(page))).toBeGreaterThan(7);
    expect(contrast(fromHex(faint), fromHex(page))).toBeGreaterThan(4.5);
  });

  it('has text that can be read on every shade', () => {
    expect(shades).toHaveLength(16);
    for (const { colour, opacity } of shades) {
      const below = fromHex(page);
      const blended = colour.map((part, i) => opacity * part + (1 - opacity) * below[i]);
      expect(contrast(fromHex(text), blended)).toBeGreaterThan(4.5);
    }
  });
});

describe('SHADE_STYLE', () => {
  it('writes no faint figures on a shade', () => {
    expect(SHADE_STYLE.match(/\.s\d+ small \{ color: inherit; \}/g)).toHaveLength(16);
  });
});

describe('contrast', () => {
  it.each([
    ['#777777', '#ffffff', 4.48], // https://webaim.org/resources/contrastchecker/
    ['#000000', '#ffffff', 21],
    ['#0000ff', '#ffffff', 8.59],
  ])('of %s on %s is that of WCAG', (one, other, ratio) => {
    expect(contrast(fromHex(one), fromHex(other))).toBeCloseTo(ratio, 2);
  });
});
