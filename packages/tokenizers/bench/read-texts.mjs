import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Reads the text files of a folder in the order of their names, or one file. */
export function readTexts(path) {
  if (path === undefined) {
    console.error('usage: node bench/NAME.mjs FILE|FOLDER (plain text, some 10 MB)');
    process.exit(2);
  }
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.txt'))
        .sort()
        .map((name) => join(path, name))
    : [path];
  return files.map((file) => readFileSync(file, 'utf8'));
}
