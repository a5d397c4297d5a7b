/** Both sides of the interface to C++, generated from the descriptions next to the kernels. */
import { join } from 'node:path';

import { readDescriptions } from './read-descriptions.mjs';
import { toCpp } from './to-cpp.mjs';
import { toTypeScript } from './to-typescript.mjs';

/** @returns the content of each generated file, by its path in the package's folder. */
export function generatedFiles(nativeFolder) {
  const descriptions = readDescriptions(join(nativeFolder, 'cpp'));
  return {
    'cpp/ops/ops.gen.h': toCpp(descriptions),
    'src/addon/ops.gen.ts': toTypeScript(descriptions),
  };
}
