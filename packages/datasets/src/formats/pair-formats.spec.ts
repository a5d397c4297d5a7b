import type { FormatFile, PairFormat } from './format.js';
import { PO } from './po.js';
import { TMX, XLIFF } from './tmx.js';

function file(name: string, content: string): FormatFile {
  const bytes = Buffer.from(content);
  return {
    name,
    chunks: async function* () {
      for (let at = 0; at < bytes.length; at += 11) {
        yield await Promise.resolve(bytes.subarray(at, at + 11));
      }
    },
  };
}

async function* chunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

async function pairs(format: PairFormat, from: FormatFile): Promise<readonly unknown[]> {
  const table = await format.rows(from);
  const { columns } = table;
  const found: (readonly unknown[])[] = [columns];
  for await (const row of table.rows(columns)) found.push(row);
  return found;
}

const tmx = (units: string): string =>
  `<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"><header srclang="EN-us"/><body>${units}</body></tmx>`;

describe('TMX', () => {
  it('is a table of languages, the source first, without the codes inside texts', async () => {
    const units = `<tu><tuv xml:lang="fr-FR"><seg>Le <bpt i="1">&lt;b></bpt>chien<ept i="1">&lt;/b></ept></seg></tuv>
      <tuv xml:lang="en-US"><prop>x</prop><seg>The <hi>dog</hi> &amp; I
      </seg></tuv></tu><tu><tuv lang="en-US"><seg>cat</seg></tuv></tu>`;
    expect(await pairs(TMX, file('a.tmx', tmx(units)))).toEqual([
      ['en-US', 'fr-FR'],
      ['The dog & I', 'Le chien'],
      ['cat', undefined],
    ]);
  });

  it('joins the lines of a segment in linear time', async () => {
    const spaces = ' '.repeat(100_000);
    const units = `<tu><tuv xml:lang="en"><seg>a${spaces}b \r\n \n c</seg></tuv></tu>`;
    const start = process.cpuUsage();
    const read = pairs(TMX, { name: 'a.tmx', chunks: () => chunk(Buffer.from(tmx(units))) });
    expect((await read)[1]).toEqual([`a${spaces}b c`]);
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(8); // 20 seconds in quadratic time
  });

  it('is refused when it is cut short or something else', async () => {
    const cut = tmx('<tu><tuv xml:lang="en"><seg>a</seg></tuv></tu>').slice(0, -13);
    await expect(pairs(TMX, file('a.tmx', cut))).rejects.toHaveProperty(
      'message',
      'a.tmx: expected a complete <tmx> element, got a file that ends inside <body>',
    );
    await expect(pairs(TMX, file('a.tmx', '<xliff/>'))).rejects.toHaveProperty(
      'message',
      'a.tmx: expected <tmx> as the outermost element, got <xliff>',
    );
    await expect(pairs(TMX, file('a.tmx', 'a\tb'))).rejects.toHaveProperty(
      'message',
      'a.tmx: expected a complete <tmx> element, got none',
    );
  });
});

describe('XLIFF', () => {
  it('is read as the units that are translated, of versions 1.2 and 2', async () => {
    const old = `<xliff version="1.2"><file source-language="en"><body>
      <trans-unit id="1"><source>The <g id="1">dog</g><ph id="2">{0}</ph></source><seg-source>no</seg-source>
      <target>Der Hund</target><alt-trans><source>x</source><target>y</target></alt-trans></trans-unit>
      <trans-unit id="2"><source>cat</source></trans-unit></body></file></xliff>`;
    expect(await pairs(XLIFF, file('a.xlf', old))).toEqual([
      ['source', 'target'],
      ['The dog', 'Der Hund'],
    ]);
    const now = `<xliff version="2.0" srcLang="en" trgLang="de"><file><unit><segment><source>a</source><target>b</target></segment>
      <ignorable><source> </source><target> </target></ignorable><segment><source>c</source><target>d</target></segment>
      <mtc:matches><mtc:match><source>x</source><target>y</target></mtc:match></mtc:matches></unit></file></xliff>`;
    expect((await pairs(XLIFF, file('a.xliff', now))).slice(1)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });
});

describe('PO', () => {
  it('is read without its header, fuzzy, obsolete and untranslated entries', async () => {
    const po = String.raw`# Translators
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\n"

#: a.c:1
msgctxt "menu"
msgid "Open \"%s\"\n"
msgstr ""
"Öffne "
"\"%s\"\n"

#, fuzzy, c-format
msgid "no"
msgstr "nein"

msgid "none"
msgstr ""
msgid "one file"
msgid_plural "%d files"
msgstr[0] "eine Datei"
msgstr[1] "%d Dateien"

#~ msgid "old"
#~ msgstr "alt"
`;
    expect(await pairs(PO, file('de.po', po))).toEqual([
      ['source', 'target'],
      ['Open "%s"\n', 'Öffne "%s"\n'],
      ['one file', 'eine Datei'],
      ['%d files', '%d Dateien'],
    ]);
  });

  it('is decoded by the encoding of its header only', async () => {
    const entry = 'msgid "naïve charset=klingon"\nmsgstr "naïf"\n';
    const latin = (text: string) => ({
      name: 'a.po',
      chunks: () => chunk(Buffer.from(text, 'latin1')),
    });
    const expected = ['naïve charset=klingon', 'naïf'];
    expect((await pairs(PO, file('a.po', `# charset=klingon\n${entry}`)))[1]).toEqual(expected);
    for (const start of ['"', '"Language: fr\\n"\n"', '""\n"Language: fr\\n']) {
      const header = `msgid ""\nmsgstr ${start}Content-Type: text/plain; charset=ISO-8859-1\\n"\n\n`;
      expect((await pairs(PO, latin(header + entry)))[1]).toEqual(expected);
    }
  });

  it('names the line that is not PO', async () => {
    await expect(pairs(PO, file('de.po', 'msgid "a"\nmsgstr "b\n'))).rejects.toHaveProperty(
      'message',
      'de.po line 2: expected msgid, msgstr or a quoted text of PO, got msgstr "b',
    );
  });
});
