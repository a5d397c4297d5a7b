import type { DataFile } from './data-file.js';

/** The ending that tells the kind of a file, in lower case with its dot; empty where it has none. */
export function fileExtension({ name, extension }: Pick<DataFile, 'name' | 'extension'>): string {
  return extension ?? /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? '';
}
