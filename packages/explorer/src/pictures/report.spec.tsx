import { renderToString } from 'preact-render-to-string';

import { reportPage } from '../pages.js';
import { CHART_STYLE } from './chart.js';
import type { Lines } from './contents.js';
import { LineChart } from './report.js';

const page = reportPage({
  title: '<script>alert("title")</script>',
  subtitle: 'a & b',
  facts: { '<i>': '"1"' },
  figures: [
    {
      title: '<u>',
      lines: [{ name: '<b>', colour: '#123456', points: [{ x: 1, y: 2 }] }],
      xLabel: '<s>',
      yLabel: '"',
    },
  ],
  samples: [
    { prompt: '</pre>', output: "<img src='x'>" },
    { output: 'a', reference: '<b>' },
    {
      prompt: 'A <whale>',
      source: [
        { word: 'A', share: 0 },
        { word: ' <whale>', share: 1 },
      ],
      output: 'whale',
    },
  ],
  settings: {
    '<u>': {
      chosen: { "o'clock": '<a href="https://x">' },
      defaults: { nLayer: '4', '<s>': '<b>' },
    },
  },
  data: { '<p>': { path: '/<path>/of a book.txt', sha256: 'c0ffee' } },
});

describe('reportPage', () => {
  it('shows text from anywhere as text', () => {
    expect(page).toContain('<h1>&lt;script>alert(&quot;title&quot;)&lt;/script></h1>');
    expect(page).toContain("<pre><b>&lt;/pre></b>\n&lt;img src='x'></pre>");
    expect(page).toContain('<pre>a\n<i>&lt;b></i></pre>');
    expect(page).toContain("<td>o'clock</td><td>&lt;a href=&quot;https://x&quot;></td>");
    expect(page).toContain('<dt>&lt;p></dt><dd>/&lt;path>/of a book.txt <small>sha256 c0ffee');
    expect(page).not.toMatch(/<(script|img|a |s>|path>)/);
  });

  it("shades the prompt by the output's attention", () => {
    expect(page).toContain(
      '<pre><b><span>A</span><span class="shaded" style="--weight:1"> &lt;whale></span></b>\nwhale</pre>',
    );
    expect(page).toMatch(/\.shaded \{ background: /);
  });

  it('folds settings at their defaults away', () => {
    expect(page).toMatch(
      /<\/table><details><summary>2 at their defaults<\/summary><table><tr><td>nLayer<\/td><td>4</,
    );
  });

  it('loads nothing from the network', () => {
    expect(page).not.toMatch(/<[^>]*(src|href)=["']|@import|url\(/);
  });

  it('omits sections without content', () => {
    const bare = { title: 't', subtitle: '', facts: {}, figures: [], samples: [], settings: {} };
    expect(reportPage(bare)).not.toContain('<h2>Samples</h2>');
  });
});

const points = Array.from({ length: 40 }, (_, i) => ({ x: 250 * i, y: 9 / (1 + i) }));
const draw = (chart: Partial<Lines>): string =>
  renderToString(
    <LineChart
      lines={[{ colour: 'blue', points }]}
      xLabel="step"
      yLabel="nats per token"
      mayBeLog
      {...chart}
    />,
  );
const html = draw({});

/** Width of a drawing, and the size of its text, as drawn. */
function drawing(kind: 'wide' | 'narrow'): { width: number; fontSize: number } {
  const [, width, fontSize] =
    new RegExp(`<div class="${kind}"><svg viewBox="0 0 (\\d+) \\d+" font-size="([\\d.]+)"`).exec(
      html,
    ) ?? [];
  return { width: Number(width), fontSize: Number(fontSize) };
}

/** Numbers and label of the vertical axis. Each number has a line of the grid. */
function axis(ys: readonly number[]): { labels: string[]; label?: string } {
  const svg = draw({ lines: [{ colour: 'blue', points: ys.map((y, x) => ({ x, y })) }] });
  const [, part = ''] = /aria-label="y-axis"[^>]*>(.*?)<\/g>/s.exec(svg) ?? [];
  const labels = [...part.matchAll(/>([^<]+)<\/text>/g)].map(([, label]) => label);
  const label = labels.pop();
  expect(part.match(/M[\d.]+ /g)).toHaveLength(labels.length);
  return { labels, label };
}

describe('LineChart', () => {
  it('names each kind of line once, and none without a name', () => {
    const named = ['relative', 'plain', 'plain', undefined].map((name) => ({
      ...(name !== undefined && { name }),
      colour: 'blue',
      points,
    }));
    const legend = [...draw({ lines: named }).matchAll(/<\/i>(\w+)<\/span>/g)];
    expect(legend.map(([, name]) => name)).toEqual(['relative', 'plain']);
    expect(html).not.toContain('class="legend"');
  });

  it('uses a logarithmic axis if values differ much, with a number at each mark', () => {
    expect(axis([8, 4, 1])).toEqual({
      labels: ['1', '1.5', '2', '3', '4', '5', '7'],
      label: '↑ nats per token, logarithmic',
    });
    const linear = axis([2, 1.5, 1]);
    expect(linear.labels).toContain('1.2');
    expect(linear.label).toBe('↑ nats per token');
  });

  it('draws scores if one of them is zero', () => {
    expect(axis([0, 1, 2]).label).toBe('↑ nats per token');
  });

  it('draws a line of 1000 points with all of its corners, and marks points', () => {
    const long = Array.from({ length: 1000 }, (_, x) => ({ x, y: x }));
    const svg = draw({ lines: [{ colour: 'blue', points: long, dots: true }] });
    const corners = [...svg.matchAll(/ d="(M[^"]+)" fill="none"/g)].map(
      ([, path]) => path.split('L').length,
    );
    expect(corners).toEqual([1000, 1000]); // drawn wide and narrow
    expect(svg.match(/<circle/g)).toHaveLength(2 * 1000);
  });

  it('leaves out values that are not numbers', () => {
    const holed = [...points, { x: 1, y: NaN }];
    expect(draw({ lines: [{ colour: 'blue', points: holed }] })).toBe(html);
  });

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
