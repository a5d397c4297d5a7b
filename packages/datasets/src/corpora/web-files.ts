import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { downloadFile, type DownloadOptions } from '../download/download-file.js';
import type { WebFile } from './corpus.js';

/** Files that are downloaded at once. */
const AT_ONCE = 6;

export interface WebFilesOptions extends DownloadOptions {
  /** Folder in which interrupted downloads are continued. */
  readonly downloads: string;
}

/**
 * Downloads files into a folder for each part, under the last names of their addresses.
 *
 * @param name - What they are for, for error messages.
 * @param parts - Files, and the folder that they go to.
 * @throws Error as `downloadFile`.
 */
export async function webFiles(
  name: string,
  parts: ReadonlyMap<string, readonly WebFile[]>,
  { downloads, onProgress, ...options }: WebFilesOptions,
): Promise<void> {
  const all = Array.from(parts, ([folder, files]) =>
    files.map((file) => ({ folder, file })),
  ).flat();
  const totalBytes = all.reduce((sum, { file }) => sum + file.sizeBytes, 0);
  let doneBytes = 0;
  for (const folder of parts.keys()) await mkdir(folder);
  const waiting = all.values();
  const work = async (): Promise<void> => {
    for (const { folder, file } of waiting) {
      const fileName = decodeURIComponent(basename(file.url));
      const path = join(downloads, `${name}-${file.sha256.slice(0, 8)}-${fileName}`);
      await downloadFile({ name: `${name}: ${fileName}`, ...file }, path, options);
      await rename(path, join(folder, fileName));
      onProgress?.({ doneBytes: (doneBytes += file.sizeBytes), totalBytes });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
