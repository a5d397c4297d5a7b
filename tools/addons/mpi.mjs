/** The units of the addon that opens libmpi. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const mpiFolder = fileURLToPath(new URL('../../packages/parallel', import.meta.url));

/** All units, in the order of linking. */
export function units() {
  return ['door/addon', 'library/open-library', 'worker/worker'].map((path) => ({
    name: path.split('/')[1],
    source: join(mpiFolder, 'cpp', `${path}.cc`),
    flags: [],
  }));
}
