import { join } from 'node:path';

import { readDescriptions } from '../native-ops/read-descriptions.mjs';
import { toCpp } from '../native-ops/to-cpp.mjs';
import { toTypeScript } from '../native-ops/to-typescript.mjs';
import * as mpi from './mpi.mjs';
import * as native from './native.mjs';

/**
 * Compiler and linker of the committed binaries. They are named in this file and not read from the
 * manifests next to the binaries: a change of a binary changes its manifest too, and must not
 * choose what it is compared with.
 */
export const PINNED = {
  compiler: 'g++ (Debian 12.2.0-14+deb12u1) 12.2.0',
  linker: 'GNU ld (GNU Binutils for Debian) 2.40',
};

/**
 * The addons that packages ship: folder; generated module with the hash of the sources; module of this folder that
 * lists the translation units; generated files; maximum size of a binary in bytes.
 */
export const ADDONS = [
  {
    name: 'native',
    folder: native.nativeFolder,
    hashModule: 'src/addon/sources-sha256.gen.ts',
    description: 'native.mjs',
    units: native.units,
    generated: () => generatedFiles(native.nativeFolder),
    maxBytes: 900_000,
  },
  {
    name: 'mpi',
    folder: mpi.mpiFolder,
    hashModule: 'src/mpi/addon/sources-sha256.gen.ts',
    description: 'mpi.mjs',
    units: mpi.units,
    generated: () => ({}),
    maxBytes: 90_000,
  },
];

/**
 * Returns the generated C++ and TypeScript files of the interface between JavaScript and the kernels, as text by path
 * in the package. They are generated from the descriptions (`*.op.json`) next to the kernels.
 */
function generatedFiles(nativeFolder) {
  const descriptions = readDescriptions(join(nativeFolder, 'cpp'));
  return {
    'cpp/ops/ops.gen.h': toCpp(descriptions),
    'src/addon/ops.gen.ts': toTypeScript(descriptions),
  };
}
