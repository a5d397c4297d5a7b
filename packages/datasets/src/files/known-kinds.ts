/* eslint-disable no-control-regex -- marks of binary files are control characters */
import { EPUB } from '../formats/epub.js';
import type { DataFormat, KnownKind } from '../formats/format.js';
import { HTML } from '../formats/html.js';
import { DOCX, ODT } from '../formats/office.js';
import { PO } from '../formats/po.js';
import { TMX, XLIFF } from '../formats/tmx.js';
import { utf16Of } from './utf16.js';

/** All formats that are converted while reading. To add a format, add a file and a line here. */
export const FORMATS: readonly DataFormat[] = [HTML, EPUB, DOCX, ODT, TMX, XLIFF, PO];

const PACKED = 'decompress it first';
const PICTURE = 'only text is read, not pictures';
const SOUND = 'only text is read, not sound';

/** Number of bytes that are enough to recognize every kind of file below. */
export const HEAD_BYTES = 4096;

/**
 * Kinds of files by their first bytes. Zip archives, gzip, zstd and Parquet are included, because they are
 * not read inside another archive.
 *
 * @see https://www.garykessler.net/library/file_sigs.html
 */
const KINDS: readonly KnownKind[] = [
  ...FORMATS,
  { name: 'a PDF', extensions: ['.pdf'], magic: /^%PDF-/, remedy: 'pdftotext converts it to text' },
  {
    name: 'an old Word or Excel file',
    extensions: [],
    magic: /^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/,
    remedy: 'save it as text or as CSV in UTF-8',
  },
  {
    name: 'an Excel workbook',
    extensions: ['.xlsx'],
    member: /^xl\//,
    remedy: 'save a sheet as CSV in UTF-8',
  },
  {
    name: 'a PowerPoint file',
    extensions: ['.pptx'],
    member: /^ppt\//,
    remedy: 'save its outline as text',
  },
  {
    name: 'an OpenDocument spreadsheet or presentation',
    extensions: ['.ods', '.odp'],
    member: /^META-INF\/manifest\.xml$/,
    remedy: 'save it as text or as CSV in UTF-8',
  },
  {
    name: 'a Kindle book',
    extensions: ['.mobi', '.azw', '.azw3'],
    magic: /^[^]{60}BOOKMOBI/,
    remedy: 'Calibre converts it to EPUB',
  },
  {
    name: 'a compiled message catalogue (MO)',
    extensions: ['.mo'],
    magic: /^(?:\xde\x12\x04\x95|\x95\x04\x12\xde)/,
    remedy: 'msgunfmt converts it to PO, which ramble translation reads',
  },
  {
    name: 'rich text',
    extensions: ['.rtf'],
    magic: /^\{\\rtf/,
    remedy: 'save it as plain text in UTF-8',
  },
  { name: 'a PNG picture', extensions: ['.png'], magic: /^\x89PNG\r\n\x1a\n/, remedy: PICTURE },
  {
    name: 'a JPEG picture',
    extensions: ['.jpg', '.jpeg'],
    magic: /^\xff\xd8\xff/,
    remedy: PICTURE,
  },
  { name: 'a GIF picture', extensions: ['.gif'], magic: /^GIF8[79]a/, remedy: PICTURE },
  { name: 'a WebP picture', extensions: ['.webp'], magic: /^RIFF.{4}WEBP/s, remedy: PICTURE },
  {
    name: 'a TIFF picture',
    extensions: ['.tif', '.tiff'],
    magic: /^(?:II\*\0|MM\0\*)/,
    remedy: PICTURE,
  },
  {
    name: 'a MIDI file',
    extensions: ['.mid', '.midi'],
    magic: /^MThd\0\0\0\x06/,
    remedy: 'ramble music learns from those',
  },
  { name: 'a WAV file', extensions: ['.wav'], magic: /^RIFF.{4}WAVE/s, remedy: SOUND },
  { name: 'a FLAC file', extensions: ['.flac'], magic: /^fLaC[\0\x80]/, remedy: SOUND },
  { name: 'an Ogg file', extensions: ['.ogg'], magic: /^OggS\0/, remedy: SOUND },
  { name: 'an MP3 file', extensions: ['.mp3'], magic: /^ID3[\x02-\x04]/, remedy: SOUND },
  { name: 'an MP4 file', extensions: ['.mp4', '.m4a'], magic: /^\0\0.{2}ftyp/s, remedy: SOUND },
  {
    name: 'an SQLite database',
    extensions: ['.sqlite', '.sqlite3'],
    magic: /^SQLite format 3\0/,
    remedy: 'sqlite3 -header -csv FILE "select …" makes a CSV of a table',
  },
  {
    name: 'an Arrow file',
    extensions: ['.arrow', '.feather'],
    magic: /^(?:ARROW1\0|\xff\xff\xff\xff.{2}\0\0)/s, // in an archive, or as a stream
    remedy: 'to_parquet of datasets or of pandas converts it to Parquet',
  },
  {
    name: 'a Parquet file',
    extensions: ['.parquet'],
    magic: /^PAR1[\0-\x1f]/,
  },
  {
    name: 'weights in safetensors',
    extensions: ['.safetensors'],
    magic: /^.{5}\0\0\0\{/s,
    remedy: 'ramble text import reads a folder of a model',
  },
  { name: 'a GGUF model', extensions: ['.gguf'], magic: /^GGUF[\x01-\x0f]\0/ },
  { name: 'an HDF5 file', extensions: ['.h5', '.hdf5'], magic: /^\x89HDF\r\n\x1a\n/ },
  { name: 'a NumPy array', extensions: ['.npy'], magic: /^\x93NUMPY/ },
  { name: 'NumPy arrays', extensions: ['.npz'], member: /\.npy$/ },
  { name: 'a PyTorch file', extensions: [] },
  { name: 'a Python pickle', extensions: ['.pkl'], magic: /^\x80[\x02-\x05](?:\x95|[()\]}c])/ },
  {
    name: 'a pointer of Git LFS',
    extensions: [],
    magic: /^version https:\/\/git-lfs\.github\.com\/spec\//,
    remedy: 'git lfs pull gets the file itself',
  },
  { name: 'a program', extensions: [], magic: /^(?:\x7fELF|MZ\x90\0|\0asm\x01)/ },
  { name: 'a tar archive', extensions: ['.tar'], magic: /^.{257}ustar[\0 ]/s, remedy: PACKED },
  { name: 'bzip2 data', extensions: ['.bz2'], magic: /^BZh[1-9]1AY&SY/, remedy: PACKED },
  { name: 'xz data', extensions: ['.xz'], magic: /^\xfd7zXZ\0/, remedy: PACKED },
  { name: 'lz4 data', extensions: ['.lz4'], magic: /^\x04"M\x18/, remedy: PACKED },
  { name: 'a 7z archive', extensions: ['.7z'], magic: /^7z\xbc\xaf'\x1c/, remedy: PACKED },
  { name: 'a RAR archive', extensions: ['.rar'], magic: /^Rar!\x1a\x07/, remedy: PACKED },
  {
    name: 'a zip archive',
    extensions: ['.zip'],
    magic: /^PK(?:\x03\x04|\x05\x06)/,
    remedy: PACKED,
  },
  { name: 'gzip data', extensions: ['.gz'], magic: /^\x1f\x8b\x08/, remedy: PACKED },
  {
    name: 'zstd data',
    extensions: ['.zst'],
    magic: /^(?:\(\xb5\/\xfd|[P-_]\*M\x18)/,
    remedy: PACKED,
  },
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
