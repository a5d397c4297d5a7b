import type { DataFile } from './bytes.js';

/** The extension of a file's name, in lower case with its dot; empty if there is none. */
export function fileExtension({ name, extension }: Pick<DataFile, 'name' | 'extension'>): string {
  return extension ?? /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? '';
}
