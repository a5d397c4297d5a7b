import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CPP = fileURLToPath(new URL('../../cpp', import.meta.url));
/** The folders in the order in which the map of cpp/README.md lists them. */
const ORDER = [...readFileSync(join(CPP, 'README.md'), 'utf8').matchAll(/^\| `([a-z]+)\/`/gm)].map(
  ([, folder]) => folder,
);

/** Returns the folders whose files a folder's files include. */
function foldersIncludedBy(folder: string): Set<string> {
  const files = readdirSync(join(CPP, folder)).filter((name) => /\.(h|cc)$/.test(name));
  const texts = files.map((name) => readFileSync(join(CPP, folder, name), 'utf8'));
  const includes = texts.flatMap((text) => [...text.matchAll(/^#include "([a-z]+)\/[\w.-]+"$/gm)]);
  return new Set(includes.map(([, included]) => included));
}

describe('the folders of cpp', () => {
  it('are all on the map', () => {
    const folders = readdirSync(CPP, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map(({ name }) => name).sort()).toEqual([...ORDER].sort());
  });

  it.each(ORDER.map((folder, i) => [folder, ORDER.slice(0, i + 1)] as const))(
    '%s includes only its own folder and folders above it in the map',
    (folder, allowed) => {
      expect(allowed).toEqual(expect.arrayContaining([...foldersIncludedBy(folder)]));
    },
  );
});
