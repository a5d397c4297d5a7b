/* eslint-disable no-control-regex -- marks of binary files are control characters */
import { EPUB } from '../formats/epub.js';
import type { DataFormat, KnownKind } from '../formats/format.js';
import { HTML } from '../formats/html.js';
import { DOCX, ODT } from '../formats/office.js';
import { PO } from '../formats/po.js';
import { TMX, XLIFF } from '../formats/tmx.js';
import { utf16Of } from './byte-streams.js';

/** All formats that are converted while reading. To add a format, add a file for it and an element to this list. */
export const FORMATS: readonly DataFormat[] = [HTML, EPUB, DOCX, ODT, TMX, XLIFF, PO];

const PACKED = 'decompress it first';
const PICTURE = 'only text is read, not pictures';
const SOUND = 'only text is read, not sound';

/** Number of bytes at the beginning of a file that are enough to recognize every kind of `KINDS`. */
export const HEAD_BYTES = 4096;

/**
 * Kind of unsupported file: name, extensions separated by spaces, pattern of its first bytes or members, and advice.
 */
type Row = readonly [name: string, extensions: string, pattern?: RegExp, remedy?: string];

const kindsOf = (field: 'magic' | 'member', rows: readonly Row[]): readonly KnownKind[] =>
  rows.map(([name, extensions, pattern, remedy]) => {
    return { name, extensions: extensions.split(' ').filter(Boolean), [field]: pattern, remedy };
  });

/**
 * Kinds of files, recognized by their first bytes; kinds of zip archives also by the names of their members. Zip
 * archives, gzip, zstd and Parquet are included, because they are not read inside another archive.
 *
 * @see https://www.garykessler.net/library/file_sigs.html
 */
const KINDS: readonly KnownKind[] = [
  ...FORMATS,
  ...kindsOf('member', [
    ['an Excel workbook', '.xlsx', /^xl\//, 'save a sheet as CSV in UTF-8'],
    ['a PowerPoint file', '.pptx', /^ppt\//, 'save its outline as text'],
    [
      'an OpenDocument spreadsheet or presentation',
      '.ods .odp',
      /^META-INF\/manifest\.xml$/,
      'save it as text or as CSV in UTF-8',
    ],
    ['NumPy arrays', '.npz', /\.npy$/],
  ]),
  ...kindsOf('magic', [
    ['a PDF', '.pdf', /^%PDF-/, 'pdftotext converts it to text'],
    [
      'an old Word or Excel file',
      '',
      /^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/,
      'save it as text or as CSV in UTF-8',
    ],
    ['a Kindle book', '.mobi .azw .azw3', /^[^]{60}BOOKMOBI/, 'Calibre converts it to EPUB'],
    [
      'a compiled message catalogue (MO)',
      '.mo',
      /^(?:\xde\x12\x04\x95|\x95\x04\x12\xde)/,
      'msgunfmt converts it to PO, which ramble translation reads',
    ],
    ['rich text', '.rtf', /^\{\\rtf/, 'save it as plain text in UTF-8'],
    ['a PNG picture', '.png', /^\x89PNG\r\n\x1a\n/, PICTURE],
    ['a JPEG picture', '.jpg .jpeg', /^\xff\xd8\xff/, PICTURE],
    ['a GIF picture', '.gif', /^GIF8[79]a/, PICTURE],
    ['a WebP picture', '.webp', /^RIFF.{4}WEBP/s, PICTURE],
    ['a TIFF picture', '.tif .tiff', /^(?:II\*\0|MM\0\*)/, PICTURE],
    ['a MIDI file', '.mid .midi', /^MThd\0\0\0\x06/, 'ramble music learns from those'],
    ['a WAV file', '.wav', /^RIFF.{4}WAVE/s, SOUND],
    ['a FLAC file', '.flac', /^fLaC[\0\x80]/, SOUND],
    ['an Ogg file', '.ogg', /^OggS\0/, SOUND],
    ['an MP3 file', '.mp3', /^ID3[\x02-\x04]/, SOUND],
    ['an MP4 file', '.mp4 .m4a', /^\0\0.{2}ftyp/s, SOUND],
    [
      'an SQLite database',
      '.sqlite .sqlite3',
      /^SQLite format 3\0/,
      'sqlite3 -header -csv FILE "select …" makes a CSV of a table',
    ],
    [
      'an Arrow file',
      '.arrow .feather',
      /^(?:ARROW1\0|\xff\xff\xff\xff.{2}\0\0)/s,
      'to_parquet of datasets or of pandas converts it to Parquet',
    ],
    ['a Parquet file', '.parquet', /^PAR1[\0-\x1f]/],
    [
      'weights in safetensors',
      '.safetensors',
      /^.{5}\0\0\0\{/s,
      'ramble text import reads a folder of a model',
    ],
    ['a GGUF model', '.gguf', /^GGUF[\x01-\x0f]\0/],
    ['an HDF5 file', '.h5 .hdf5', /^\x89HDF\r\n\x1a\n/],
    ['a NumPy array', '.npy', /^\x93NUMPY/],
    ['a PyTorch file', ''],
    ['a Python pickle', '.pkl', /^\x80[\x02-\x05](?:\x95|[()\]}c])/],
    [
      'a pointer of Git LFS',
      '',
      /^version https:\/\/git-lfs\.github\.com\/spec\//,
      'git lfs pull gets the file itself',
    ],
    ['a program', '', /^(?:\x7fELF|MZ\x90\0|\0asm\x01)/],
    ['a tar archive', '.tar', /^.{257}ustar[\0 ]/s, PACKED],
    ['bzip2 data', '.bz2', /^BZh[1-9]1AY&SY/, PACKED],
    ['xz data', '.xz', /^\xfd7zXZ\0/, PACKED],
    ['lz4 data', '.lz4', /^\x04"M\x18/, PACKED],
    ['a 7z archive', '.7z', /^7z\xbc\xaf'\x1c/, PACKED],
    ['a RAR archive', '.rar', /^Rar!\x1a\x07/, PACKED],
    ['a zip archive', '.zip', /^PK(?:\x03\x04|\x05\x06)/, PACKED],
    ['gzip data', '.gz', /^\x1f\x8b\x08/, PACKED],
    ['zstd data', '.zst', /^(?:\(\xb5\/\xfd|[P-_]\*M\x18)/, PACKED],
  ]),
];

/** Recognizes the kind of a file by its first bytes. */
export function kindOf(head: Uint8Array): KnownKind | undefined {
  const bytes = head.subarray(0, HEAD_BYTES);
  const wide = utf16Of(head);
  const start = wide ? new TextDecoder(wide).decode(bytes) : Buffer.from(bytes).toString('latin1');
  return KINDS.find(({ magic }) => magic?.test(start));
}

/** Recognizes the kind of a file by the extension of its name. */
export function kindNamed(extension: string): KnownKind | undefined {
  return KINDS.find(({ extensions }) => extensions.includes(extension));
}

/** Recognizes the kind of a zip archive by the names in it, and by its extension if several kinds match. */
export function kindOfArchive(names: readonly string[], extension: string): KnownKind | undefined {
  const fit = KINDS.filter(({ member }) => member && names.some((name) => member.test(name)));
  return fit.find(({ extensions }) => extensions.includes(extension)) ?? fit.at(0);
}

/** Extensions of supported files, for the error about other files. */
export interface Expected {
  /** Extensions with their dots: `['.txt', '.jsonl']`. */
  readonly extensions: readonly string[];
}

/** Returns the error for a file of an unsupported kind, with advice. */
export function kindError(name: string, kind: KnownKind, expected: Expected): Error {
  const remedy = kind.remedy === undefined ? '' : `; ${kind.remedy}`;
  return new Error(`${name}: expected ${listed(expected.extensions)}, got ${kind.name}${remedy}`);
}

/** Returns a phrase for the extensions: `text`, or `a .txt, .jsonl or .csv file`. */
function listed(extensions: readonly string[]): string {
  if (extensions.length === 0) return 'text';
  const last = extensions[extensions.length - 1];
  const before = extensions.slice(0, -1).join(', ');
  return `a ${before === '' ? last : `${before} or ${last}`} file`;
}
