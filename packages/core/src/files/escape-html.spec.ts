import { escapeHtml } from './shown-text.js';

describe('escapeHtml', () => {
  it('escapes all characters with a meaning in HTML, between tags or in an attribute', () => {
    expect(escapeHtml(`<b class="x">it's & &lt;</b>`)).toBe(
      '&lt;b class=&quot;x&quot;&gt;it&#39;s &amp; &amp;lt;&lt;/b&gt;',
    );
  });

  it('leaves other text unchanged', () => {
    expect(escapeHtml('ä 🐋\n/')).toBe('ä 🐋\n/');
  });
});
