import { decodeUtf8 } from '@ramble/core/files';

import { decodeAll, peeking, utf16Of } from '../files/byte-streams.js';
import type { FormatFile } from './format.js';

/** Number of bytes that are searched for the declaration of an encoding; browsers search 1,024. */
const DECLARATION_BYTES = 4096;

/** Receives a document's tags and texts in order. Names of elements keep their prefix: `w:t`. */
export interface MarkupReader<Item> {
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  /** Called with text in arbitrary pieces, with its entities replaced. */
  readonly text?: (text: string) => void;
  readonly close?: (name: string) => void;
  /** Returns the items that were completed since the last call. */
  readonly take: () => readonly Item[];
}

/** The kind of a markup document: XML or HTML. */
export interface MarkupKind {
  /** Name of the outermost XML element; absent for HTML. */
  readonly root?: string;
}

/**
 * Reads XML or HTML at constant memory. Entities that the document defines are not expanded, and no external
 * resources are fetched.
 *
 * @throws Error that names the file: for another outermost element than `root`, for XML that ends early, and
 *   for bytes that are not in the encoding that the document declares.
 */
export async function* readMarkup<Item>(
  file: Pick<FormatFile, 'name' | 'chunks'>,
  { root }: MarkupKind,
  reader: MarkupReader<Item>,
): AsyncGenerator<Item> {
  const { Parser } = await import('htmlparser2'); // loaded lazily
  const { name } = file;
  const isXml = root !== undefined;
  let first: string | undefined;
  const openElements: string[] = [];
  const parser = new Parser(
    {
      onopentag: (element, attributes) => {
        first ??= element;
        if (isXml) openElements.push(element);
        reader.open?.(element, attributes);
      },
      ontext: (text) => reader.text?.(text),
      onclosetag: (element) => {
        openElements.pop();
        reader.close?.(element);
      },
    },
    { xmlMode: isXml },
  );
  const checkRoot = (): void => {
    if (!isXml || first === undefined || localName(first) === localName(root)) return;
    throw new Error(`${name}: expected <${root}> as the outermost element, got <${first}>`);
  };
  for await (const text of decodeDeclared(file, isXml ? xmlEncoding : htmlEncoding)) {
    parser.write(text);
    checkRoot();
    yield* reader.take();
  }
  const unclosed = openElements.at(-1); // checked before the parser closes open elements
  if (isXml && (first === undefined || unclosed !== undefined)) {
    const got = unclosed === undefined ? 'none' : `a file that ends inside <${unclosed}>`;
    throw new Error(`${name}: expected a complete <${root}> element, got ${got}`);
  }
  parser.end();
  yield* reader.take();
}

/** Returns the name of an element without the prefix of its namespace. */
export function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/**
 * Decodes text in the encoding that its byte-order mark or its beginning declares; UTF-8 without either.
 *
 * @param declared - Finds the declaration of the format in the first characters of the file, read as Latin-1.
 * @throws Error that names the file for an unknown encoding, or bytes that are not in it.
 */
export function decodeDeclared(
  { name, chunks }: Pick<FormatFile, 'name' | 'chunks'>,
  declared: (start: string) => string | undefined,
): AsyncGenerator<string> {
  return peeking(chunks(), DECLARATION_BYTES, ({ head, chunks: all }) => {
    const encoding = encodingOf(head, declared);
    if (encoding === 'utf-8') return decodeUtf8(name, all);
    const refusal = `${name}: expected text in ${encoding}, as it declares, got other bytes`;
    return decodeAll(all, decoderOf(name, encoding), refusal);
  });
}

/** Returns the encoding that an XML declaration names. */
function xmlEncoding(start: string): string | undefined {
  return /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([\w.:-]+)/.exec(start)?.[1];
}

/**
 * Returns the encoding that a page's `meta` element names, in `charset` or for `http-equiv="Content-Type"`,
 * or else its XML declaration.
 *
 * @see https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding
 */
function htmlEncoding(start: string): string | undefined {
  const shown = start.replace(/<!--[^]*?(?:-->|$)/g, '');
  for (const [meta] of shown.matchAll(/<meta\s[^>]*/gi)) {
    const isHttp = /\bhttp-equiv\s*=\s*["']?content-type/i.test(meta);
    const declaring = isHttp ? meta : meta.replace(/\bcontent\s*=\s*(?:"[^"]*"|'[^']*')/i, '');
    const charset = /\bcharset\s*=\s*["']?\s*([\w.:-]+)/i.exec(declaring);
    if (charset) return charset[1];
  }
  return xmlEncoding(start);
}

function encodingOf(head: Uint8Array, declared: (start: string) => string | undefined): string {
  const marked = utf16Of(head);
  if (marked) return marked;
  const start = Buffer.from(head).toString('latin1');
  if (start.startsWith('\xef\xbb\xbf')) return 'utf-8'; // the byte-order mark decides
  const label = (declared(start) ?? 'utf-8').toLowerCase();
  // A file whose declaration is readable as ASCII is not in UTF-16. CHARSET is a placeholder in PO files.
  return /^(?:utf-?8|us-ascii|ascii|charset|utf-?16.*)$/.test(label) ? 'utf-8' : label;
}

function decoderOf(name: string, encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (error) {
    const got = `${name}: expected a known encoding, got ${encoding}`;
    throw new Error(`${got}; iconv converts it to UTF-8`, { cause: error });
  }
}

/** Collects the text of a document without white space of the markup. */
export interface TextLayout {
  /** Adds text; any run of white space becomes one space. */
  readonly text: (text: string) => void;
  /** Adds text without collapsing its white space. */
  readonly verbatim: (text: string) => void;
  /** Ends the line. */
  readonly line: () => void;
  /** Ends the paragraph: an empty line follows. */
  readonly paragraph: () => void;
  /** Separates the cells of a table. */
  readonly cell: () => void;
  /** Returns the text since the last call. */
  readonly take: () => readonly string[];
}

/** Creates a layout without text. Of the breaks and spaces between two texts, only the widest is written. */
export function textLayout(): TextLayout {
  let [written, gap, hasText] = ['', '', false];
  const widen = (other: string): void => {
    if (rank(other) > rank(gap)) gap = other;
  };
  const verbatim = (text: string): void => {
    if (text === '') return;
    written += (hasText ? gap : '') + text;
    [gap, hasText] = ['', true];
  };
  return {
    text: (text) => {
      const words = text.replace(/[ \t\r\n\f]+/g, ' '); // not the no-break space
      if (words.startsWith(' ')) widen(' ');
      verbatim(words.slice(words.startsWith(' ') ? 1 : 0, words.endsWith(' ') ? -1 : undefined));
      if (words.endsWith(' ')) widen(' ');
    },
    verbatim,
    line: () => widen('\n'),
    paragraph: () => widen('\n\n'),
    cell: () => widen('\t'),
    take: () => {
      const text = written;
      written = '';
      return text === '' ? [] : [text];
    },
  };
}

const GAPS = ['', ' ', '\t', '\n', '\n\n'];

function rank(gap: string): number {
  return GAPS.indexOf(gap);
}
