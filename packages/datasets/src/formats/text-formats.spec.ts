import type { DataFile } from '@ramble/core';

import { convertedFile } from './converted-file.js';
import { EPUB } from './epub.js';
import type { FormatFile, TextFormat } from './format.js';
import { HTML } from './html.js';
import { DOCX, ODT } from './office.js';

function file(name: string, content: string | Uint8Array, cut = 7): DataFile {
  const bytes = Buffer.from(content);
  return {
    name,
    chunks: async function* () {
      for (let at = 0; at < bytes.length; at += cut) {
        yield await Promise.resolve(bytes.subarray(at, at + cut));
      }
    },
  };
}

function archive(name: string, entries: Readonly<Record<string, string>>): FormatFile {
  const members = Object.entries(entries).map(([path, text]) => file(`${name}/${path}`, text));
  return { ...file(name, ''), members: () => Promise.resolve(members) };
}

async function textOf(format: TextFormat, from: FormatFile): Promise<string> {
  const parts: string[] = [];
  for await (const part of format.text(from)) parts.push(part);
  return parts.join('');
}

describe('HTML', () => {
  it('is read as the text that a browser shows', async () => {
    const page = `<!doctype html><html><head><title>No</title><style>p { }</style></head><body>
      <!-- not this --><script>var no = '<p>no</p>';</script>
      <h1>Loomings</h1><p>Call me
      <b>Ish</b>mael. Some&nbsp;years &amp; <i>days</i> ago&mdash;<br>never mind.
      <p>A second one.<ul><li>one<li>two</ul><table><tr><td>a<td>b<tr><td>c<td>d</table>
      <pre>  x
    y</pre></body></html>`;
    expect(await textOf(HTML, file('a.html', page))).toBe(
      'Loomings\n\nCall me Ishmael. Some\u00a0years & days ago—\nnever mind.\n\n' +
        'A second one.\n\none\ntwo\n\na\tb\nc\td\n\n  x\n    y',
    );
  });

  it('has the text of a page that leaves its head and body open', async () => {
    const page =
      '<!doctype html><html><head><title>No</title><style>no</style><noscript><p>no</p></noscript>';
    for (const body of ['<p>Text</p>', '<div>Text</div>', 'Text', '<body>Text', '</head>Text']) {
      expect(await textOf(HTML, file('a.html', page + body))).toBe('Text');
    }
  });

  it.each([
    ['a drawing', '<svg><g><text>no</text><p>Text'],
    [
      'a drawing in one that is closed',
      '<svg><svg><p>Text</p></svg><p>Text</p></svg>',
      'Text\n\nText',
    ],
    ['a formula', '<div><math><mi>no<mtext>no</mtext></mi><p>Text</div>'],
    ['a list of choices before a field', '<form><select><option>no<p>no<input>Text</form>'],
    ['a list of choices in a cell', '<table><tr><td><select><option>no<td>Text</table>'],
    ['a drawing with HTML inside', '<svg><foreignObject><p>no</p></foreignObject></svg>Text'],
    ['a list of choices before text, which stays a part of it', '<select><option>no<p>no', ''],
    ['noscript, which ends nowhere else', '<p>Text<noscript>no<p>no<table><td>no', 'Text'],
  ])('shows what a browser shows after %s that has no end tag', async (_, page, shown = 'Text') => {
    expect(await textOf(HTML, file('a.html', `<body>${page}</body>`))).toBe(shown);
  });

  it('is noted when it has no text that a browser would show', async () => {
    const notes: string[] = [];
    const onChoice = (name: string, note: string) => void notes.push(`${name}: ${note}`);
    const read = async (page: string): Promise<void> => {
      const fields = { names: ['text'] };
      const text = convertedFile(file('a.html', page), HTML, { fields, onChoice });
      for await (const chunk of text.chunks()) expect(chunk).toHaveLength(4);
    };
    await read('<body><p>Text</body>');
    expect(notes).toHaveLength(1);
    await read('<body><noscript><p>Text</body>');
    expect(notes.at(-1)).toBe('a.html: has no text outside of its markup');
  });

  it('is decoded by the encoding of its declaration only', async () => {
    const page = (head: string) => file('a.html', `${head}<p>naïve charset=koi8-r`);
    const none = [
      '<!doctype html><!-- <meta charset="klingon"> --><script src="x.js?charset=klingon"></script>',
      '<meta name="description" content="how charset=klingon works">',
      '\uFEFF<meta charset="iso-8859-1">',
    ];
    for (const head of none) {
      expect(await textOf(HTML, page(head))).toBe('naïve charset=koi8-r');
    }
    const old = '<META content="text/html; charset=iso-8859-1" http-equiv=Content-Type><p>na\xefve';
    expect(await textOf(HTML, file('a.html', Buffer.from(old, 'latin1')))).toBe('naïve');
    const word = '<document><p><t>naïve charset=klingon</t></p></document>';
    const entries = { 'word/document.xml': word.replaceAll(/<(\/?)/g, '<$1w:') };
    expect(await textOf(DOCX, archive('a.docx', entries))).toBe('naïve charset=klingon');
  });

  it('is decoded by the encoding that it declares', async () => {
    const latin = Buffer.from('<meta charset="iso-8859-1"><p>na\xefve\x96', 'latin1');
    expect(await textOf(HTML, file('a.html', latin))).toBe('naïve–'); // as browsers do, windows-1252
    const wide = Buffer.from('\uFEFF<html><p>naïve', 'utf16le');
    expect(await textOf(HTML, file('a.html', wide))).toBe('naïve');
    await expect(textOf(HTML, file('a.html', '<meta charset="klingon">'))).rejects.toHaveProperty(
      'message',
      'a.html: expected a known encoding, got klingon; iconv converts it to UTF-8',
    );
    const broken = Buffer.from('<meta charset="shift_jis"><p>\x81', 'latin1');
    await expect(textOf(HTML, file('a.html', broken))).rejects.toHaveProperty(
      'message',
      'a.html: expected text in shift_jis, as it declares, got other bytes',
    );
  });
});

const CONTAINER =
  '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>' +
  '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>';
const BOOK = {
  'META-INF/container.xml': CONTAINER,
  'OEBPS/book.opf': `<opf:package xmlns:opf="http://www.idpf.org/2007/opf"><opf:manifest>
    <opf:item id="toc" href="nav.xhtml" properties="nav"/><opf:item id="b" href="ch%202.xhtml"/>
    <opf:item id="a" href="text/ch1.xhtml"/><opf:item id="p" href="map.svg"/></opf:manifest>
    <opf:spine><opf:itemref idref="toc"/><opf:itemref idref="a"/><opf:itemref idref="p"/>
    <opf:itemref idref="b"/></opf:spine></opf:package>`,
  'OEBPS/nav.xhtml': '<html><body><p>Contents</p></body></html>',
  'OEBPS/text/ch1.xhtml':
    '<html><head><title/></head><body><h1>One</h1><p>First.</p></body></html>',
  'OEBPS/ch 2.xhtml': '<html><body><p>Second.</p></body></html>',
};

describe('EPUB', () => {
  it('is read in the order of its spine, without its table of contents', async () => {
    const plain = { ...BOOK, 'OEBPS/book.opf': BOOK['OEBPS/book.opf'].replaceAll('opf:', '') };
    expect(await textOf(EPUB, archive('a.epub', plain))).toBe('One\n\nFirst.\n\nSecond.');
    expect(await textOf(EPUB, archive('a.epub', BOOK))).toBe('One\n\nFirst.\n\nSecond.');
  });

  it('is read once for each chapter, however often the spine names it', async () => {
    const again = '<itemref idref="a"/>'.repeat(1000);
    const items =
      '<item id="a" href="ch.xhtml" media-type="application/xhtml+xml"/>' +
      '<item id="b" href="./ch.xhtml" media-type="application/xhtml+xml"/>';
    const spine = `<package>${items}<itemref idref="b"/>${again}</package>`;
    const bomb = {
      'META-INF/container.xml': CONTAINER,
      'OEBPS/book.opf': spine,
      'OEBPS/ch.xhtml': '<html><p>Once.</p></html>',
    };
    expect(await textOf(EPUB, archive('a.epub', bomb))).toBe('Once.');
  });

  it('has the chapters that their media type names, and is refused without any', async () => {
    const book = (mediaType: string) => ({
      'META-INF/container.xml': CONTAINER,
      'OEBPS/book.opf': `<package><item id="a" href="ch1.xml" media-type="${mediaType}"/>
        <item id="b" href="b.html" media-type="image/png"/><itemref idref="a"/><itemref idref="b"/></package>`,
      'OEBPS/ch1.xml': '<html><p>One.</p></html>',
      'OEBPS/b.html': 'no markup',
    });
    for (const mediaType of ['application/xhtml+xml', 'text/html']) {
      expect(await textOf(EPUB, archive('a.epub', book(mediaType)))).toBe('One.');
    }
    await expect(textOf(EPUB, archive('a.epub', book('image/jpeg')))).rejects.toHaveProperty(
      'message',
      'a.epub: its spine names no chapter of XHTML or HTML, so it has no text to read',
    );
  });

  it('names its file that is missing, truncated or encrypted', async () => {
    const { 'OEBPS/ch 2.xhtml': gone, ...short } = BOOK;
    await expect(textOf(EPUB, archive('a.epub', short))).rejects.toHaveProperty(
      'message',
      'a.epub: expected OEBPS/ch 2.xhtml in the EPUB, got none',
    );
    const cut = { ...BOOK, 'OEBPS/ch 2.xhtml': gone.slice(0, 20) };
    await expect(textOf(EPUB, archive('a.epub', cut))).rejects.toHaveProperty(
      'message',
      'a.epub/OEBPS/ch 2.xhtml: expected a complete <html> element, got a file that ends inside <p>',
    );
    const locked = {
      ...BOOK,
      'META-INF/encryption.xml':
        '<encryption xmlns:enc="x"><enc:CipherReference URI="OEBPS/ch%202.xhtml"/></encryption>',
    };
    await expect(textOf(EPUB, archive('a.epub', locked))).rejects.toHaveProperty(
      'message',
      'a.epub: the book is encrypted (DRM) and cannot be read',
    );
  });
});

describe('DOCX and ODT', () => {
  it('are read by paragraphs, without deletions, notes and tab stops', async () => {
    const word = `<w:document xmlns:w="x"><w:body>
      <w:p><w:pPr><w:tabs><w:tab w:pos="1"/></w:tabs></w:pPr><w:r><w:t xml:space="preserve">Call me </w:t></w:r>
      <w:r><w:t>Ishmael.</w:t><w:tab/><w:t>So</w:t></w:r><w:del><w:r><w:delText>no</w:delText></w:r></w:del></w:p>
      <w:p/><w:p><w:r><w:t>Two</w:t><w:br/><w:t>lines</w:t></w:r></w:p>
      <w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
      </w:body></w:document>`;
    expect(await textOf(DOCX, archive('a.docx', { 'word/document.xml': word }))).toBe(
      'Call me Ishmael.\tSo\n\nTwo\nlines\n\na\tb',
    );
    const odt = `<office:document-content xmlns:office="o"><office:body><office:text>
      <text:tracked-changes><text:p>no</text:p></text:tracked-changes>
      <text:h>One</text:h><text:p>Call<text:s/>me
      <text:span>Ishmael</text:span>.<text:note><text:p>no</text:p></text:note></text:p>
      </office:text></office:body></office:document-content>`;
    expect(await textOf(ODT, archive('a.odt', { 'content.xml': odt }))).toBe(
      'One\n\nCall me Ishmael.',
    );
    await expect(textOf(ODT, archive('a.odt', {}))).rejects.toHaveProperty(
      'message',
      'a.odt: expected content.xml in it, got none',
    );
  });
});
