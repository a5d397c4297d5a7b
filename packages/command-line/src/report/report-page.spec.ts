import { reportPage } from './report-page.js';

const page = reportPage({
  title: '<script>alert("title")</script>',
  subtitle: 'a & b',
  facts: { '<i>': '"1"' },
  figures: [{ title: 'Loss', chart: '<svg></svg>', lines: [{ name: '<b>', colour: '#123456' }] }],
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
    expect(page).toContain('<h1>&lt;script&gt;alert(&quot;title&quot;)&lt;/script&gt;</h1>');
    expect(page).toContain('<pre><b>&lt;/pre&gt;</b>\n&lt;img src=&#39;x&#39;&gt;</pre>');
    expect(page).toContain('<pre>a\n<i>&lt;b&gt;</i></pre>');
    expect(page).toContain('<td>o&#39;clock</td><td>&lt;a href=&quot;https://x&quot;&gt;</td>');
    expect(page).toContain(
      '<dt>&lt;p&gt;</dt><dd>/&lt;path&gt;/of a book.txt <small>sha256 c0ffee',
    );
    expect(page).not.toMatch(/<(script|img|a |u>|s>|path)/);
  });

  it('shades what an output looked at in its prompt', () => {
    expect(page).toContain(
      '<pre><b><span>A</span><span class="s16"> &lt;whale&gt;</span></b>\nwhale</pre>',
    );
    expect(page).toMatch(/\.s16 \{ background: /);
  });

  it('folds settings at their defaults away', () => {
    expect(page).toMatch(
      /<\/table>\n<details>\n<summary>2 at their defaults<\/summary>\n<table>\n<tr><td>nLayer<\/td><td>4</,
    );
  });

  it('loads nothing from the network', () => {
    expect(page).not.toMatch(/(src|href)=["']|@import|url\(/);
  });

  it('omits sections without content', () => {
    const bare = { title: 't', subtitle: '', facts: {}, figures: [], samples: [], settings: {} };
    expect(reportPage(bare)).not.toContain('<h2>Samples</h2>');
  });
});
