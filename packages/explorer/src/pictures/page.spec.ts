import { PALETTE, paletteStyle } from './page.js';
import { opacityOf, SHADE_STYLE, shaded } from './tables.js';

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

/** The strongest shade, as CSS has it: colour and opacity in percent. */
const [red, green, blue, strongest] = /rgb\((\d+) (\d+) (\d+) \/ calc\((\d+)%/
  .exec(SHADE_STYLE)!
  .slice(1)
  .map(Number);
const shades = Array.from({ length: 20 }, (_, i) => (strongest / 100) * ((i + 1) / 20));

describe.each(['light', 'dark'] as const)('a %s page', (scheme) => {
  const { page, text, faint } = PALETTE[scheme];

  it('has text and faint text that can be read', () => {
    expect(paletteStyle()).toContain(`--page: ${page}; --text: ${text}; --faint: ${faint};`);
    expect(contrast(fromHex(text), fromHex(page))).toBeGreaterThan(7);
    expect(contrast(fromHex(faint), fromHex(page))).toBeGreaterThan(4.5);
  });

  it('has text that can be read on every shade', () => {
    for (const opacity of shades) {
      const below = fromHex(page);
      const blended = [red, green, blue].map(
        (part, i) => opacity * part + (1 - opacity) * below[i],
      );
      expect(contrast(fromHex(text), blended)).toBeGreaterThan(4.5);
    }
  });
});

describe('shaded', () => {
  it('writes no faint figures on a shade', () => {
    expect(SHADE_STYLE).toContain('.shaded small { color: inherit; }');
  });

  it('is stronger for larger shares, and keeps small ones visible', () => {
    expect([0, 0.001, 0.01, 0.25, 1].map(opacityOf)).toEqual([0, 0.05, 0.1, 0.5, 1]);
    expect(shaded(0)).toEqual({});
    expect(shaded(1)).toEqual({ class: 'shaded', style: '--weight:1' });
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
