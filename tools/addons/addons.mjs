/**
 * The addons that packages ship: their folders, the file here that describes their units, the files that are
 * generated for them, and the maximum size of the binary in bytes.
 */
import { generatedFiles } from '../native-ops/generated-files.mjs';
import * as mpi from './mpi.mjs';
import * as native from './native.mjs';

export const ADDONS = [
  {
    name: 'native',
    folder: native.nativeFolder,
    description: 'native.mjs',
    units: native.units,
    generated: () => generatedFiles(native.nativeFolder),
    maxBytes: 700_000,
  },
  {
    name: 'mpi',
    folder: mpi.mpiFolder,
    description: 'mpi.mjs',
    units: mpi.units,
    generated: () => ({}),
    maxBytes: 45_000,
  },
];
