import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { openDataFiles, type OpenDataOptions } from './open-data-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-data-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function* stdin(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('typed'));
}
const music = { extensions: ['.mid', '.midi'], stdin: stdin() };
const text = {
  extensions: ['.txt', '.jsonl'],
  fields: { names: ['text'], known: [['content']] },
  stdin: stdin(),
};
const pairs = {
  extensions: ['.tsv', '.jsonl'],
  fields: { names: ['source', 'target'], known: [['article', 'highlights']] },
  stdin: stdin(),
};

const translations = {
  ...pairs,
  fields: { names: ['source', 'target'], areLanguages: true },
};

/** Contents of the files at a path, by their names in the folder. */
async function read(
  path: string,
  options: OpenDataOptions,
): Promise<readonly (readonly [name: string, content: string])[]> {
  const contents: [string, string][] = [];
  for (const file of await openDataFiles([path], options)) {
    const parts: Uint8Array[] = [];
    for await (const part of file.chunks()) parts.push(part);
    contents.push([file.name.replace(`${folder}/`, ''), Buffer.concat(parts).toString()]);
  }
  return contents;
}
const expectRefusal = (path: string, options: OpenDataOptions, said: string): Promise<void> =>
  expect(read(path, options)).rejects.toHaveProperty('message', `${path}: ${said}`);

describe('openDataFiles', () => {
  it('takes a file with any extension, with its size', async () => {
    const path = await file('song', 'MThd\0\0\0\x06');
    expect(await openDataFiles([path], music)).toEqual([
      { name: path, sizeBytes: 8, chunks: expect.any(Function) as () => unknown },
    ]);
    expect(await read(path, music)).toEqual([['song', 'MThd\0\0\0\x06']]);
  });

  it("finds an app's kinds of files below a folder, sorted", async () => {
    const paths = [await file('music/a/z.mid', ''), await file('music/b.MIDI', '')];
    await file('music/a.txt', '');
    const found = await openDataFiles([join(folder, 'music')], music);
    expect(found.map(({ name }) => name)).toEqual(paths);
  });

  it('reads standard input', async () => {
    expect(await read('-', { ...music, stdin: stdin() })).toEqual([['standard input', 'typed']]);
  });

  it('reports missing files', async () => {
    await file('texts/a.txt', '');
    const at = join(folder, 'none.mid');
    await expectRefusal(at, music, 'expected a file or folder, got nothing at that path');
    await expectRefusal(
      join(folder, 'texts'),
      music,
      'expected a folder with .mid or .midi files, got none',
    );
  });

  it('unpacks gzip and zstd, recognized by their first bytes, and keeps the kind of the content', async () => {
    await file('a/b.jsonl.gz', gzipSync('{"text":"b"}\n'));
    const zstd = await readFile(new URL('../../test/fixtures/hi.txt.zst', import.meta.url));
    await file('a/c.txt.zst', zstd);
    await file('a/d.txt', gzipSync('unnamed'));
    const opened = await openDataFiles([join(folder, 'a')], text);
    expect(opened.map(({ extension }) => extension)).toEqual(['.jsonl', '.txt', undefined]);
    expect(await read(join(folder, 'a'), text)).toEqual([
      ['a/b.jsonl.gz', '{"text":"b"}\n'],
      ['a/c.txt.zst', 'hi'],
      ['a/d.txt', 'unnamed'],
    ]);
    expect(await read('-', { ...text, stdin: once(gzipSync('typed')) })).toEqual([
      ['standard input', 'typed'],
    ]);
  });

  it('takes a file once that is also there compressed, and tables only without other files', async () => {
    await file('a/b.txt', 'b');
    await file('a/b.txt.gz', gzipSync('b'));
    await file('a/metadata.csv', 'id,label\n1,x\n');
    expect(await read(join(folder, 'a'), text)).toEqual([['a/b.txt', 'b']]);
    await file('c/deep/d.csv', 'id,text\n1,x\n');
    expect(await read(join(folder, 'c'), text)).toEqual([['c/deep/d.csv', '\n{"text":"x"}\n']]);
  });

  it('reads UTF-16 with a byte-order mark', async () => {
    const little = Buffer.from('\uFEFFnaïve\n', 'utf16le');
    const big = Buffer.from(little).swap16();
    expect(await read(await file('a.txt', little), text)).toEqual([['a.txt', 'naïve\n']]);
    expect(await read(await file('b.txt', big), text)).toEqual([['b.txt', 'naïve\n']]);
    const path = await file('c.txt', little.subarray(0, 5));
    await expectRefusal(path, text, 'expected text in UTF-16LE, got half a character');
  });

  it.each([
    ['a.pdf', '%PDF-1.7\n', 'a PDF; pdftotext converts it to text'],
    ['a.txt', '%PDF-1.7\n', 'a PDF; pdftotext converts it to text'],
    ['a.png', '\x89PNG\r\n\x1a\n', 'a PNG picture; only text is read, not pictures'],
    [
      'a.db',
      'SQLite format 3\0',
      'an SQLite database; sqlite3 -header -csv FILE "select …" makes a CSV of a table',
    ],
    [
      'a.arrow',
      'ARROW1\0\0',
      'an Arrow file; to_parquet of datasets or of pandas converts it to Parquet',
    ],
    [
      'm.safetensors',
      '\x40\0\0\0\0\0\0\0{"a":',
      'weights in safetensors; ramble text import reads a folder of a model',
    ],
    ['a.mid', 'MThd\0\0\0\x06', 'a MIDI file; ramble music learns from those'],
    ['a.tar', `${'a'.padEnd(257, '\0')}ustar\0`, 'a tar archive; decompress it first'],
    ['memory.tmx', '<tmx>', 'a translation memory (TMX); ramble translation learns from it'],
    [
      'a.mo',
      '\xde\x12\x04\x95',
      'a compiled message catalogue (MO); msgunfmt converts it to PO, which ramble translation reads',
    ],
    [
      'a.ods',
      '',
      'an OpenDocument spreadsheet or presentation; save it as text or as CSV in UTF-8',
    ],
    [
      'a.txt',
      'version https://git-lfs.github.com/spec/v1\noid',
      'a pointer of Git LFS; git lfs pull gets the file itself',
    ],
  ])('refuses a file by its kind: %s', async (name, content, kind) => {
    const path = await file(name, Buffer.from(content, 'latin1'));
    const expected = 'expected a .txt, .jsonl, .csv, .parquet, .html, .epub, .docx or .odt file';
    await expectRefusal(path, text, `${expected}, got ${kind}`);
  });

  it('refuses content that does not match the name, and nested packages', async () => {
    const path = (name: string, content: string | Uint8Array): Promise<string> =>
      file(name, content);
    await expectRefusal(
      await path('a.txt.gz', 'text'),
      text,
      'expected gzip data, got other bytes',
    );
    await expectRefusal(
      await path('a.parquet', 'UTF-8 text that is longer than a footer'),
      text,
      'expected an intact Parquet file, got damaged data (parquet file invalid (footer != PAR1))',
    );
    await expectRefusal(
      await path('b.txt.gz', gzipSync(gzipSync('text'))),
      text,
      'expected a .txt, .jsonl, .csv, .parquet, .html, .epub, .docx or .odt file, got gzip data inside gzip data; decompress it first',
    );
    await expectRefusal(
      await path('b.parquet.gz', gzipSync('PAR1\x15')),
      text,
      'expected a .txt, .jsonl, .csv, .parquet, .html, .epub, .docx or .odt file, got a Parquet file inside gzip data; decompress it first',
    );
  });

  it("leaves bytes alone that are an app's own format", async () => {
    const path = await file('a.dat', Buffer.from('\x1f\x8b\x08 of its own', 'latin1'));
    const own = { extensions: ['.dat'], stdin: stdin() };
    expect((await read(path, own)).length).toBe(1);
  });

  it('takes plain text that begins like a program or a model', async () => {
    for (const content of ['MZ and other pioneers', 'GGUF is a format', 'ORC', 'BM25', 'RIFF']) {
      expect(await read(await file('a.txt', content), text)).toEqual([['a.txt', content]]);
    }
  });
});

describe('openDataFiles, of formats with markup,', () => {
  const page = '<!doctype html>\n<p>Call me <b>Ishmael</b>.';
  const memory =
    '<?xml version="1.0"?>\n<tmx><header srclang="en"/><body><tu><tuv xml:lang="de"><seg>Hund</seg></tuv>' +
    '<tuv xml:lang="en"><seg>dog</seg></tuv></tu></body></tmx>';
  const catalogue = 'msgid ""\nmsgstr ""\n\nmsgid "dog"\nmsgstr "Hund"\n';
  const line = '{"source":"dog","target":"Hund"}\n';
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  beforeEach(() => void (notes.length = 0));

  it('reads the text of a page, alone, compressed and in a folder, with a note', async () => {
    const path = await file('pages/a.html', page);
    await file('pages/b.htm.gz', gzipSync(page));
    expect(await read(path, { ...text, onNote })).toEqual([['pages/a.html', 'Call me Ishmael.']]);
    expect((await read(join(folder, 'pages'), text)).length).toBe(2);
    expect(notes).toEqual([`${path}: reads its text, without the markup of a web page (HTML)`]);
    expect((await read(await file('index.php', page), text))[0][1]).toBe('Call me Ishmael.');
  });

  it('learns the markup of a file that is named as text, and notes it', async () => {
    const path = await file('a.txt', page);
    expect(await read(path, { ...text, onNote })).toEqual([['a.txt', page]]);
    expect(notes).toEqual([
      `${path}: reads a web page (HTML) as it is, with its markup; name it .html to read its text alone`,
    ]);
  });

  it('recognizes translations by content, for any file name', async () => {
    for (const [name, content] of [
      ['m.tmx', memory],
      ['m.txt', memory],
      ['m.tsv.gz', gzipSync(memory)],
      ['m.txt', Buffer.from(`\uFEFF${memory}`, 'utf16le')],
      ['de.po', catalogue],
      ['de', catalogue],
    ] as const) {
      expect(await read(await file(name, content), translations)).toEqual([[name, line]]);
    }
    const path = await file('m.tmx', memory);
    await read(path, { ...translations, onNote });
    expect(notes).toEqual([
      `${path}: reads en as source and de as target; --fields de,en turns it round`,
    ]);
    for (const givenFields of [
      ['de', 'en'],
      ['2', '1'],
    ]) {
      const turned = { ...translations, givenFields };
      expect(await read(path, turned)).toEqual([['m.tmx', '{"source":"Hund","target":"dog"}\n']]);
    }
    await expectRefusal(
      path,
      { ...translations, givenFields: ['1', '3'] },
      'expected the field 3 of --fields, got en, de',
    );
  });

  it('refuses each for an app that does not read it', async () => {
    await expectRefusal(
      await file('a.html', page),
      translations,
      'expected a .tsv, .jsonl, .csv, .parquet, .tmx, .xlf or .po file, got a web page (HTML); only its text could be read: ramble text learns from web pages',
    );
    const other = await file('m.tsv', memory);
    await expectRefusal(
      other,
      pairs,
      'expected a .tsv, .jsonl, .csv or .parquet file, got a translation memory (TMX); ramble translation learns from it',
    );
    await expectRefusal(
      await file('song.mid', page),
      { extensions: ['.xyz'], stdin: stdin() },
      'expected a .xyz file, got a web page (HTML); only its text could be read: ramble text learns from web pages',
    );
  });

  it('reports the files that it leaves out of a folder', async () => {
    await file('mixed/a.txt', 'a');
    await file('mixed/b.html', page);
    expect(await read(join(folder, 'mixed'), { ...text, onNote })).toEqual([['mixed/a.txt', 'a']]);
    expect(notes).toEqual([
      `${join(folder, 'mixed')}: reads 1 file; leaves out 1 (.html), which are read if they are named`,
    ]);
  });
});

describe('openDataFiles, of a zip archive,', () => {
  /** An archive that Python made; its directory may list the same files several times. */
  function zip(name: string, entries: Readonly<Record<string, string>>, copies = 1): string {
    const path = join(folder, name);
    const code =
      'import sys,json,zipfile\nwith zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED) as z:\n' +
      '  for name, text in json.loads(sys.argv[2]).items(): z.writestr(name, text)\n' +
      '  z.filelist = z.filelist * int(sys.argv[3])';
    const words = ['-c', code, path, JSON.stringify(entries), `${copies}`];
    const { status, stderr } = spawnSync('python3', words);
    if (status !== 0) throw new Error(String(stderr));
    return path;
  }

  it('reads the files in it, in folders too, without the files of macOS', async () => {
    const path = zip('a.zip', {
      'books/b.txt': 'b',
      'books/deep/c.txt': 'c',
      '__MACOSX/books/._b.txt': 'x',
      'picture.png': 'no text',
    });
    expect(await read(path, text)).toEqual([
      ['a.zip/books/b.txt', 'b'],
      ['a.zip/books/deep/c.txt', 'c'],
    ]);
    await expectRefusal(path, music, 'expected a zip archive with .mid or .midi files, got none');
  });

  it("reads manythings' archive: a .txt of tabs next to a page about it", async () => {
    const path = zip('deu-eng.zip', {
      '_about.txt': '** Info **\n\nCheck for newest version here:\n',
      'deu.txt':
        'Go.\tGeh.\tCC-BY 2.0 (France) Attribution: tatoeba.org #2877272 (CM) & #8597805 (Roujin)\n',
    });
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(note);
    expect(await read(path, { ...pairs, onNote })).toEqual([
      ['deu-eng.zip/deu.txt', 'Go.\tGeh.\n'],
    ]);
    expect(notes).toEqual([
      `${path}/deu.txt: reads column 1 as source and column 2 as target: column 3 is an attribution`,
    ]);
  });

  it("recognizes Excel workbooks and other programs' archives by their members", async () => {
    const sheet = zip('a.zip', { 'xl/workbook.xml': '' });
    const expected = 'a .txt, .jsonl, .csv, .parquet, .html, .epub, .docx or .odt file';
    await expectRefusal(
      sheet,
      text,
      `expected ${expected}, got an Excel workbook; save a sheet as CSV in UTF-8`,
    );
    const book = zip('book', { 'META-INF/container.xml': '' });
    await expectRefusal(
      book,
      translations,
      'expected a .tsv, .jsonl, .csv, .parquet, .tmx, .xlf or .po file, got an EPUB; pandoc book.epub -t plain converts it to text',
    );
  });

  it('reads a Word document by any name, and refuses other files named .docx', async () => {
    const document = '<w:document><w:p><w:r><w:t>Ishmael</w:t></w:r></w:p></w:document>';
    for (const name of ['a.docx', 'a', 'a.zip']) {
      const path = zip(name, { 'word/document.xml': document });
      expect(await read(path, text)).toEqual([[name, 'Ishmael']]);
    }
    const other = await file('b.docx', '%PDF-1.7');
    await expectRefusal(other, text, 'expected a Word document, got a PDF');
    const inside = zip('books.zip', { 'a.epub': 'PK' });
    await expect(read(inside, text)).rejects.toThrow(
      new Error(`${inside}/a.epub: an EPUB inside an archive is not read; unpack the archive`),
    );
  });

  it('opens no archive again for an empty member', async () => {
    const path = zip('a.zip', { 'a.txt': '' });
    const [empty] = await openDataFiles([path], { ...music, extensions: ['.txt'] });
    await rm(path);
    for await (const bytes of empty.chunks()) expect(bytes).toHaveLength(0);
  });

  it('refuses more than 100,000 files before it reads their names', async () => {
    const tooMany = zip('too-many.zip', { 'a.txt': '' }, 200_000);
    await expectRefusal(
      tooMany,
      text,
      'expected a zip archive of at most 100,000 files, got 200,000 files; unpack it, and give the folder',
    );
  });

  it('refuses many members that unpack to far too much together', async () => {
    const path = zip('a.zip', { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' });
    const bytes = await readFile(path);
    const directoryEntry = Buffer.from('PK\x01\x02', 'latin1');
    for (let at = bytes.indexOf(directoryEntry); at >= 0;) {
      bytes.writeUInt32LE(2 ** 27, at + 24); // the size that it unpacks to
      at = bytes.indexOf(directoryEntry, at + 4);
    }
    await writeFile(path, bytes);
    await expect(read(path, text)).rejects.toThrow(
      new Error(
        `${path}: expected data compressed at most 250-fold, ` +
          `got ${3 * 2 ** 27} bytes from ${bytes.length}; decompress it first if that is intended`,
      ),
    );
  });

  it.each([
    ['a.zip', '', 'an empty file'],
    ['a.zip', 'no archive', 'other bytes'],
    ['a.zip.gz', gzipSync('no archive'), 'other bytes'],
  ])('refuses a damaged or foreign archive: %s %#', async (name, content, got) => {
    const path = await file(name, content);
    await expectRefusal(path, text, `expected a whole zip archive, got ${got}`);
    await expectRefusal(path, music, `expected a whole zip archive, got ${got}`);
  });

  it('refuses a member that unpacks to more than it declares, however little that is', async () => {
    const path = zip('a.zip', { 'a.txt': 'a'.repeat(100_000) });
    const bytes = await readFile(path);
    bytes.writeUInt32LE(10, bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24);
    await writeFile(path, bytes);
    await expect(read(path, text)).rejects.toThrow(
      /^.*a\.zip\/a\.txt: expected an intact zip archive, got damaged data \(too many bytes.*\)$/,
    );
  });

  it('names the file in it that is damaged', async () => {
    const path = zip('a.zip', { 'a.txt': 'a text that is long enough to be damaged' });
    const bytes = await readFile(path);
    bytes[40] ^= 0xff;
    await writeFile(path, bytes);
    await expect(read(path, text)).rejects.toThrow(
      /^.*a\.zip\/a\.txt: expected an intact zip archive, got damaged data \(.+\)$/,
    );
    await writeFile(path, bytes.subarray(0, 60));
    await expect(read(path, text)).rejects.toThrow(
      /^.*a\.zip: expected an intact zip archive, got damaged data \(.+\)$/,
    );
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

describe('openDataFiles, of a pipe', () => {
  (process.platform === 'win32' ? it.skip : it)(
    'refuses it at once, alone or in a folder',
    async () => {
      const pipe = join(folder, 'pipe.mid');
      spawnSync('mkfifo', [pipe]);
      for (const path of [pipe, folder]) {
        await expect(openDataFiles([path], music)).rejects.toThrow(
          new Error(
            `${pipe}: expected a file or a folder, got a pipe or a device. Pipe a program's output into standard input: PROGRAM | ramble … --data -`,
          ),
        );
      }
    },
  );
});
