import { markedHtml } from './page-html.js';

const HTML =
  '<html lang="en">\n  <head>\n<title>ramble</title></head><body><div id="page"></div></body></html>';

describe('markedHtml', () => {
  it('marks where the models are, and limits what the page loads', () => {
    const html = markedHtml(HTML, ['book'], {});
    expect(html).toContain('<html data-models="here" lang="en">');
    expect(html).toContain(`content="default-src 'none'; script-src 'self'`);
    expect(html).toContain('<title>ramble</title>');
    expect(html).toContain('This page needs a web server');
    expect(html).not.toContain('introduction');
  });

  it('puts a title, paragraphs and prompts above the page, as text', () => {
    const html = markedHtml(HTML, ['book', 'en-fr'], {
      title: 'A & B $&',
      text: 'One\nline <b>.\r\n\r\nTwo.\n',
      prompts: 'Call me\n\nen-fr: "Text" & more\n',
    });
    expect(html).toContain('<title>A &amp; B $&amp;</title>');
    expect(html).toContain('<p>One\nline &lt;b&gt;.</p><p>Two.</p>');
    expect(html).toContain('<a href="#/write?model=book&amp;prompt=Call+me">Call me</a>');
    expect(html).toContain(
      '<a href="#/write?model=en-fr&amp;prompt=%22Text%22+%26+more">&quot;Text&quot; &amp; more</a>',
    );
  });

  it('refuses a line that names a model alone', () => {
    expect(() => markedHtml(HTML, ['book'], { prompts: 'book:' })).toThrow(
      '--prompts: the line book: has no prompt; write one after the colon',
    );
  });
});
