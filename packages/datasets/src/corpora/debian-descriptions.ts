import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { UnreachableError } from '../download/fetch-from.js';
import type { CommandOptions } from './archives.js';
import { updateLists } from './debian-manuals.js';

/** Debian's description of a package in one language. */
export interface PackageDescription {
  /** Name of the package and hash of its English description, the same in every language. */
  readonly key: string;
  /** The first line of the description. */
  readonly synopsis: string;
  readonly paragraphs: readonly string[];
}

/**
 * The descriptions of all packages of the user's release, by language; the system's own lists stay
 * unchanged. Each release has others.
 *
 * @param name - Name of the corpus, for error messages.
 * @param options - `folder` is the folder to work in.
 * @throws Error if apt-get is missing or fails; UnreachableError if it has no descriptions in a
 *   language, as without a network.
 */
export async function debianDescriptions(
  name: string,
  languages: readonly string[],
  options: CommandOptions,
): Promise<PackageDescription[][]> {
  const { folder } = await updateLists(name, languages, options);
  const files = (await readdir(folder)).sort();
  return Promise.all(
    languages.map(async (language) => {
      const own = files.filter((file) => file.endsWith(`_i18n_Translation-${language}`));
      if (own.length === 0) {
        throw new UnreachableError(
          `${name}: apt-get has no descriptions in ${language}`,
          'the network and the sources of apt-get (apt-get update says more)',
        );
      }
      const texts = own.map((file) => readFile(join(folder, file), 'utf8'));
      return (await Promise.all(texts)).flatMap(parseDescriptions);
    }),
  );
}

/**
 * The descriptions in a Translation file of Debian.
 *
 * @see https://wiki.debian.org/DebianRepository/Format#Translation_indices
 */
export function parseDescriptions(text: string): PackageDescription[] {
  return text.split(/\n\n+/).flatMap((stanza) => {
    const fields = /^Package: (.+)\nDescription-md5: (.+)\nDescription-\w+: (.*)((?:\n .*)*)/.exec(
      stanza.trimStart(),
    );
    if (!fields) return [];
    const [, packageName, md5, synopsis, body] = fields;
    const paragraphs = body
      .split(/\n \.(?=\n|$)/)
      .map(oneLine)
      .filter((paragraph) => paragraph !== '');
    return [{ key: `${packageName} ${md5}`, synopsis: oneLine(synopsis), paragraphs }];
  });
}

/** Replaces any white space, including that of French punctuation, by one space. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
