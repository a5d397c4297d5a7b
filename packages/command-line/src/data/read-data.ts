import type { AnyApp, DataFile } from '@ramble/core';

import type { FoundData } from './find-data.js';
import { watchFiles, type WatchOptions } from './watch-files.js';

type Reader = Pick<AnyApp, 'name' | 'data'>;

/**
 * The examples of data as the app reads them; with a signal and a progress, where wanted.
 *
 * @throws Error for folders whose files belong together, where the app reads none such.
 */
export function readData(
  app: Reader,
  data: Pick<FoundData, 'files' | 'isParallel' | 'areFolders' | 'maxExamples'>,
  options: WatchOptions = {},
): AsyncIterable<unknown> {
  const all = readAll(app, data, options);
  return data.maxExamples === undefined ? all : firstOf(all, data.maxExamples);
}

async function* firstOf(examples: AsyncIterable<unknown>, count: number): AsyncGenerator {
  let read = 0;
  for await (const example of examples) {
    yield example;
    if (++read === count) return;
  }
}

function readAll(
  app: Reader,
  {
    files,
    isParallel = false,
    areFolders = false,
  }: Pick<FoundData, 'files' | 'isParallel' | 'areFolders'>,
  options: WatchOptions,
): AsyncIterable<unknown> {
  const watched = watchFiles(files, options);
  if (areFolders) return readFolders(app, watched, options);
  if (!isParallel || !app.data.readParallel) return app.data.readExamples(watched, options);
  const [source, target] = watched;
  return app.data.readParallel(source, target, options);
}

/** The n-th file of the one folder and the n-th of the other are an example. */
async function* readFolders(
  app: Reader,
  files: readonly DataFile[],
  options: WatchOptions,
): AsyncGenerator {
  const { data } = app;
  if (!data.readFilePair) {
    throw new Error(
      `${files[0].name}: expected two parallel files, line by line, as ${app.name} reads them, got folders`,
    );
  }
  const half = files.length / 2;
  for (let i = 0; i < half; i++) yield* data.readFilePair(files[i], files[half + i], options);
}
