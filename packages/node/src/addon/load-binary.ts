import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { checkBinary } from './check-binary.js';

const HOW_TO_GET_IT = 'with a C++ compiler, npm run build:native in a clone of ramble makes one';

/** What a binary must be, and where it is looked for. */
export interface BinaryOptions {
  /** Folder of the package, which has binaries in `prebuilds/<platform>-<arch>` and `build`. */
  readonly folder: string;
  /** Hashes of what the binary must be made of; they stand in it as text. */
  readonly made: readonly string[];
  /** Path of a binary to load instead, which needs no manifest beside it. */
  readonly override?: string | undefined;
}

/**
 * Loads the addon of a package: the shipped binary, or the one that was built in the clone.
 *
 * @returns what the addon exports, whose type the caller knows by the hashes.
 * @throws Error that says why there is none, and how to make one.
 */
export function loadBinary({ folder, made, override }: BinaryOptions): unknown {
  if (override !== undefined) return open(override, made, { needsManifest: false });
  const system = `${process.platform}-${process.arch}`;
  const places = [`prebuilds/${system}`, 'build'].map((place) =>
    join(folder, place, 'ramble.node'),
  );
  const reasons: string[] = [];
  for (const path of places.filter((place) => existsSync(place))) {
    try {
      return open(path, made, { needsManifest: true });
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  const reason = reasons.join('; ') || `no binary for ${system}`;
  throw new Error(`${reason}; ${HOW_TO_GET_IT}`);
}

function open(
  path: string,
  made: readonly string[],
  rules: { readonly needsManifest: boolean },
): unknown {
  checkBinary(path, made, rules);
  const loaded: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(loaded, path);
  } catch (error) {
    throw new Error(`${path} does not load (${messageOf(error)})`, { cause: error });
  }
  return loaded.exports;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
