import { named } from '@ramble/core/files';

import { FLOAT_CODECS, type FloatDtype, floatDtype, floatPieces } from './float-codecs.js';
import type { Safetensors } from './open-safetensors.js';
import type { EncodedTensor } from './write-safetensors.js';

/**
 * A tensor of a file, to be written as floats of some type. A tensor that already has this type is copied.
 * Others are rounded, a few megabytes at a time.
 *
 * @param as - Its name in the new file.
 * @throws RangeError if the file has no such tensor, or, when it is written, for a number that would become
 *   infinite; TypeError if its numbers are not 16- or 32-bit floats.
 */
export function convertTensor(
  file: Safetensors,
  name: string,
  dtype: FloatDtype,
  as = name,
): EncodedTensor {
  const isSame = floatDtype(file, name) === dtype;
  const shape = file.tensors.get(name)?.shape ?? []; // `floatDtype` found it
  return { name: as, dtype, shape, bytes: isSame ? () => file.bytes(name) : converted };

  async function* converted(): AsyncGenerator<Uint8Array> {
    for await (const values of floatPieces(file, name)) {
      yield named(`${file.name}: ${name}`, () => FLOAT_CODECS[dtype].encode(values, true));
    }
  }
}
