/**
 * Compiler settings of packages/native/sanitize, a program that runs every kernel outside Node, for
 * `sanitize-native.mjs` and `check-native-arm64.mjs`.
 */
import { join } from 'node:path';

import { commonFlags, nodeApiHeaders } from './addons/compiler.mjs';
import { nativeFolder, plainUnits } from './addons/native.mjs';

/** Compiler flags of the program's own sources. It replaces Node-API by an implementation on plain memory. */
export const caseFlags = [...commonFlags, `-I${nodeApiHeaders}`, `-I${join(nativeFolder, 'cpp')}`];

/**
 * Paths of all sources except the kernels.
 *
 * @param scratch - Path, below the package, of the source that gives kernels their scratch memory.
 */
export function caseSources(scratch = join('cpp', plainUnits.scratch)) {
  const { dispatch, pool, processor } = plainUnits;
  const plain = [dispatch, pool, processor].map((file) => join('cpp', file));
  return ['sanitize/main.cc', ...plain, scratch].map((file) => join(nativeFolder, file));
}
