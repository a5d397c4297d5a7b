import type { AnyApp } from '@ramble/core';

import type { FoundData } from './find-data.js';
import { watchFiles, type WatchOptions } from './watch-files.js';

/** The examples of data as the app reads them; with a signal and a progress, where wanted. */
export function readData(
  app: Pick<AnyApp, 'readExamples' | 'readParallel'>,
  { files, isParallel = false }: Pick<FoundData, 'files' | 'isParallel'>,
  options: WatchOptions = {},
): AsyncIterable<unknown> {
  const watched = watchFiles(files, options);
  if (!isParallel || !app.readParallel) return app.readExamples(watched, options);
  const [source, target] = watched;
  return app.readParallel(source, target, options);
}
