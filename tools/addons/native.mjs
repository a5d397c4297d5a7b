/** The units of the native engine's addon, and how each is compiled. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const nativeFolder = fileURLToPath(new URL('../../packages/native', import.meta.url));
const cpp = join(nativeFolder, 'cpp');

const instructionSets = {
  x64: {
    avx512: [
      '-mavx512f',
      '-mavx512vl',
      '-mavx512dq',
      '-mavx512bw',
      '-mfma',
      '-mprefer-vector-width=512',
    ],
    avx2: ['-mavx2', '-mfma', '-mf16c'],
    portable: ['-Os'], // rarely runs, and the binary is to stay small
  },
};

/** The units that are compiled once, below the package's `cpp`. */
export const plainUnits = {
  addon: 'door/addon.cc',
  dispatch: 'dispatch/dispatch.cc',
  pool: 'pool/pool.cc',
  scratch: 'pool/scratch.cc',
  processor: 'system/processor.cc',
};

/** The kernels, once for every instruction set of the architecture. */
function kernelUnitsOf(cpu) {
  return Object.entries(instructionSets[cpu] ?? { portable: [] }).map(([name, flags]) => ({
    name: `kernels-${name}`,
    source: join(cpp, 'dispatch/kernels.cc'),
    flags: [...flags, `-DRAMBLE_ISA=${name}`, `-DRAMBLE_ISA_NAME="${name}"`],
  }));
}

/** The kernels for this machine. */
export const kernelUnits = kernelUnitsOf(process.arch);

/** All units for a system, in the order of linking. */
export function units(target) {
  const plain = Object.entries(plainUnits).map(([name, source]) => [name, join(cpp, source)]);
  return [
    ...[...plain, ...Object.entries(target.units)].map(([name, source]) => ({
      name,
      source,
      flags: [],
    })),
    ...kernelUnitsOf(target.cpu),
  ];
}
