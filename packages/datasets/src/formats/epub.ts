import { posix } from 'node:path';

import type { DataFile } from '@ramble/core';

import type { FormatFile, TextFormat } from './format.js';
import { htmlText } from './html.js';
import { localName, readMarkup } from './markup.js';

/**
 * E-books: the text of their chapters in reading order, without the table of contents.
 *
 * @see EPUB 3.3, sections 5 (package document) and 4 (container), https://www.w3.org/TR/epub-33/
 */
export const EPUB: TextFormat = {
  name: 'an EPUB',
  extensions: ['.epub'],
  member: /^META-INF\/container\.xml$/,
  remedy: 'pandoc book.epub -t plain converts it to text',
  gives: 'text',
  text: epubText,
};

async function* epubText(file: FormatFile): AsyncGenerator<string> {
  const members = new Map(
    (await file.members?.())?.map((member) => [member.name.slice(file.name.length + 1), member]),
  );
  const memberAt = (path: string): DataFile => {
    const found = members.get(path);
    if (found) return found;
    throw new Error(`${file.name}: expected ${path} in the EPUB, got none`);
  };
  const packagePath = await packagePathOf(memberAt('META-INF/container.xml'));
  const chapters = await chaptersOf(memberAt(packagePath));
  // This is a set, because a spine may name one chapter any number of times.
  const paths = new Set(chapters.map((href) => posix.join(posix.dirname(packagePath), href)));
  if (paths.size === 0) {
    throw new Error(
      `${file.name}: its spine names no chapter of XHTML or HTML, so it has no text to read`,
    );
  }
  const locked = members.get('META-INF/encryption.xml');
  const encrypted = new Set(locked && (await encryptedPaths(locked)));
  if ([...paths].some((path) => encrypted.has(path))) {
    throw new Error(`${file.name}: the book is encrypted (DRM) and cannot be read`);
  }
  let isFirst = true;
  for (const path of paths) {
    let isBegun = false;
    for await (const text of htmlText(memberAt(path), { root: 'html' })) {
      if (!isBegun && !isFirst) yield '\n\n';
      [isBegun, isFirst] = [true, false];
      yield text;
    }
  }
}

async function packagePathOf(container: DataFile): Promise<string> {
  const paths = readElements(container, 'container', (name, attributes) =>
    name === 'rootfile' ? attributes['full-path'] : undefined,
  );
  for await (const path of paths) return path;
  throw new Error(`${container.name}: expected the path of a package document, got none`);
}

/** Returns the paths of the chapters, relative to the package document, in reading order. */
async function chaptersOf(packageFile: DataFile): Promise<readonly string[]> {
  const items = new Map<string, string>();
  const chapters: string[] = [];
  for await (const [name, attributes] of readElements(packageFile, 'package', (name, attributes) =>
    name === 'item' || name === 'itemref' ? ([name, attributes] as const) : undefined,
  )) {
    const { id, href, idref, properties = '' } = attributes;
    const isChapter = isText(attributes) && !properties.split(' ').includes('nav');
    if (name === 'item' && isChapter) items.set(id, unescaped(href));
    const chapter = name === 'itemref' ? items.get(idref) : undefined;
    if (chapter !== undefined) chapters.push(chapter);
  }
  return chapters;
}

/** Whether an item of the manifest is XHTML or HTML; without a media type, the name of its file decides. */
function isText({ href, 'media-type': type }: Readonly<Partial<Record<string, string>>>): boolean {
  if (type === undefined) return /\.x?html?$/i.test(href ?? '');
  return /^\s*(?:application\/xhtml\+xml|text\/(?:html|x-oeb1-document))\b/i.test(type);
}

async function encryptedPaths(encryption: DataFile): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const path of readElements(encryption, 'encryption', (name, attributes) =>
    name === 'CipherReference' ? attributes['URI'] : undefined,
  )) {
    paths.push(unescaped(path));
  }
  return paths;
}

/** Reads what `pick` returns for the elements of an XML document, without their namespaces. */
function readElements<Item>(
  file: DataFile,
  root: string,
  pick: (name: string, attributes: Readonly<Record<string, string>>) => Item | undefined,
): AsyncGenerator<Item> {
  const items: Item[] = [];
  return readMarkup(
    file,
    { root },
    {
      open: (name, attributes) => {
        const item = pick(localName(name), attributes);
        if (item !== undefined) items.push(item);
      },
      take: () => items.splice(0),
    },
  );
}

function unescaped(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}
