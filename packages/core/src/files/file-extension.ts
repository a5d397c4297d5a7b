import type { DataFile } from './bytes.js';

/** The extension of a file's name, in lower case with its dot; empty if the name has no extension. */
export function fileExtension({ name, extension }: Pick<DataFile, 'name' | 'extension'>): string {
  return extension ?? /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? '';
}
