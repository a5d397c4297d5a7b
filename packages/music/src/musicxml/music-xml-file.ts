import { escapeHtml, messageOf } from '@ramble/core/files';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { Parser } from 'htmlparser2';

/** An element of XML. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  /** Text in the element itself, without white space at its ends. */
  readonly text: string;
}

/** Path, in a compressed MusicXML file, of the file that names the file with the score. */
const CONTAINER = 'META-INF/container.xml';
const SCORE = 'score.musicxml';
/** Maximum size of a score after decompression. */
const MAX_BYTES = 1 << 27;
/** First bytes of a zip archive. */
const ZIP = 'PK\x03\x04';

/** Whether the bytes begin as MusicXML does, compressed or not. */
export function isMusicXml(bytes: Uint8Array): boolean {
  const head = decode(bytes.subarray(0, 64)).trimStart();
  return isZip(bytes) || head.startsWith('<');
}

/**
 * Returns the root element of MusicXML, which may be compressed (`.mxl`).
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError that names the file and its fault.
 */
export function readXmlFile(name: string, bytes: Uint8Array): XmlNode {
  return parseXml(name, decode(isZip(bytes) ? unpackedScore(name, bytes) : bytes));
}

/**
 * Compresses MusicXML to a file with the extension `.mxl`. The same text always gives the same bytes.
 *
 * @see https://www.w3.org/2021/06/musicxml40/tutorial/compressed-mxl-files/
 */
export function compressMusicXml(text: string): Uint8Array {
  const container =
    '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>' +
    `<rootfile full-path="${SCORE}" media-type="application/vnd.recordare.musicxml+xml"/>` +
    '</rootfiles></container>\n';
  return zipSync(
    {
      mimetype: [strToU8('application/vnd.recordare.musicxml'), { level: 0 }],
      [CONTAINER]: strToU8(container),
      [SCORE]: strToU8(text),
    },
    { mtime: new Date(1980, 0, 1) },
  );
}

function isZip(bytes: Uint8Array): boolean {
  return strFromU8(bytes.subarray(0, ZIP.length), true) === ZIP;
}

/** Returns the file of an archive that its container names, or its first score if it has no container. */
function unpackedScore(name: string, bytes: Uint8Array): Uint8Array {
  const names: string[] = [];
  const unpack = (wanted: string): Uint8Array | undefined => {
    try {
      return unzipSync(bytes, {
        filter: (file) => {
          if (names.length < 1000) names.push(file.name);
          if (file.name !== wanted) return false;
          if (file.originalSize <= MAX_BYTES) return true;
          throw new RangeError(`expected at most ${MAX_BYTES} bytes, got ${file.originalSize}`);
        },
      })[wanted];
    } catch (error) {
      const reason = messageOf(error);
      throw new RangeError(`${name}: expected an intact .mxl file, got one with ${reason}`, {
        cause: error,
      });
    }
  };
  const container = unpack(CONTAINER);
  const listed =
    container && descendant(parseXml(`${name}/${CONTAINER}`, decode(container)), 'rootfile');
  const path =
    listed?.attributes['full-path'] ??
    names.find((each) => /\.(?:musicxml|xml)$/.test(each) && !each.startsWith('META-INF/'));
  const score = path === undefined ? undefined : unpack(path);
  if (score) return score;
  throw new RangeError(`${name}: the .mxl file does not contain ${path ?? 'a score'}`);
}

/** Decodes UTF-8, or UTF-16 with a byte order mark. */
function decode(bytes: Uint8Array): string {
  const mark = 256 * (bytes.at(0) ?? 0) + (bytes.at(1) ?? 0);
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

/** Parses XML and returns its root element. Entities of a document type are not expanded. */
function parseXml(name: string, text: string): XmlNode {
  interface OpenNode extends XmlNode {
    readonly children: XmlNode[];
    text: string;
  }
  const root: OpenNode = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let unclosed: string | undefined;
  const parser = new Parser(
    {
      onopentag: (tag, attributes) => {
        const node: OpenNode = { name: tag, attributes, children: [], text: '' };
        open[open.length - 1].children.push(node);
        open.push(node);
      },
      ontext: (part) => void (open[open.length - 1].text += part),
      onclosetag: (tag, isImplied) => {
        const node = open.pop();
        if (!node) return;
        node.text = node.text.trim();
        // Empty elements such as <chord/> are also closed without an end tag.
        if (isImplied && (node.children.length > 0 || node.text !== '')) unclosed ??= tag;
      },
    },
    { xmlMode: true },
  );
  parser.end(text);
  if (unclosed !== undefined) {
    throw new RangeError(`${name}: expected </${unclosed}>, got the end of what contains it`);
  }
  const [first] = root.children;
  if (root.children.length > 0) return first;
  throw new RangeError(`${name}: the file has no XML element`);
}

/** Returns the first child with a name; `undefined` if no child has it. */
export function child(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return node?.children.find((each) => each.name === name);
}

/** Returns the first descendant with a name, at any depth; `undefined` if no descendant has it. */
function descendant(node: XmlNode, name: string): XmlNode | undefined {
  for (const each of node.children) {
    const found = each.name === name ? each : descendant(each, name);
    if (found) return found;
  }
  return undefined;
}

/** Returns all children with a name. */
export function childrenOf(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  return node?.children.filter((each) => each.name === name) ?? [];
}

/** Returns the number in the first child with a name; `undefined` if the child is missing or contains no number. */
export function numberIn(node: XmlNode | undefined, name: string): number | undefined {
  const text = child(node, name)?.text;
  const value = text === undefined || text === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Writes an XML element, with each child on a separate line.
 *
 * @param children - Elements that are already written; `undefined` ones are left out.
 */
export function xmlElement(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children: readonly (string | undefined)[] = [],
): string {
  const lines = children.filter((child) => child !== undefined).join('\n');
  if (lines === '') return `<${name}${shown(attributes)}/>`;
  return `<${name}${shown(attributes)}>\n${lines.replace(/^/gm, '  ')}\n</${name}>`;
}

/** Writes an XML element that contains only a text or a number. */
export function xmlText(
  name: string,
  text: string | number,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
): string {
  return `<${name}${shown(attributes)}>${escapeHtml(String(text))}</${name}>`;
}

function shown(attributes: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeHtml(String(value))}"`)
    .join('');
}
