import { CHART_STYLE, responsiveChart } from './responsive-chart.js';

const points = Array.from({ length: 40 }, (_, i) => ({ x: 250 * i, y: 9 / (1 + i) }));
const html = responsiveChart([{ name: 'loss', colour: 'blue', points }], {
  xLabel: 'step',
  yLabel: 'nats per token',
  mayBeLog: true,
});

/** A drawing's width and the size of its text, as drawn. */
function drawing(kind: 'wide' | 'narrow'): { width: number; fontSize: number } {
  const [, style, width] =
    new RegExp(`<div class="${kind}"><svg[^>]*style="([^"]*)"[^>]*viewBox="0 0 (\\d+)`).exec(
      html,
    ) ?? [];
  return { width: Number(width), fontSize: Number(/font-size:([\d.]+)px/.exec(style)?.[1]) };
}

describe('responsiveChart', () => {
  it.each([320, 360, 400, 480, 600, 719, 720, 800, 1024, 1280])(
    'has text that is read in a window of %i pixels',
    (window) => {
      const wideFrom = Number(/@media \(min-width: (\d+)px\)/.exec(CHART_STYLE)?.[1]);
      const mostNarrow = Number(/\.narrow \{ max-width: (\d+)px/.exec(CHART_STYLE)?.[1]);
      const isWide = window >= wideFrom;
      const column = Math.min(920, window) - (window <= 480 ? 32 : 48); // the page's, less its margins
      const shown = isWide ? column : Math.min(mostNarrow, column);
      const { width, fontSize } = drawing(isWide ? 'wide' : 'narrow');
      const pixels = (fontSize * shown) / width;
      expect(pixels).toBeGreaterThanOrEqual(11);
      expect(pixels).toBeLessThanOrEqual(19);
    },
  );

  it('shows one of its two drawings', () => {
    expect(html.match(/<svg/g)).toHaveLength(2);
    expect(CHART_STYLE).toMatch(/@media \(min-width: 720px\) \{ \.chart \.narrow \{ display: none/);
    expect(CHART_STYLE).toMatch(/@media not all and \(min-width: 720px\) \{ \.chart \.wide/);
  });
});
