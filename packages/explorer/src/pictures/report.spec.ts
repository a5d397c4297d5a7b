import { reportPage } from '../pages.js';

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
