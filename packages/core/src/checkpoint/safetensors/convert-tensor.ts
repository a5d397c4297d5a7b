import { FLOAT_CODECS, type FloatDtype } from './float-codecs.js';
import { floatDtype, floatPieces } from './float-pieces.js';
import type { Safetensors } from './open-safetensors.js';
import type { EncodedTensor } from './write-tensors.js';

/**
 * A tensor of a file, to be written as floats of some type. What has that type passes through as it
 * is; the rest is rounded, a few megabytes at a time.
 *
 * @param as - Its name in the new file.
 * @throws RangeError when there is no such tensor, or, when it is written, for a number that would
 *   become infinite; TypeError when it holds no 16- or 32-bit floats.
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
      const huge = dtype === 'F16' ? beyondFloat16(values) : undefined;
      if (huge !== undefined) {
        throw new RangeError(
          `${file.name}: ${name}: expected numbers of at most 65504 for F16, got ${huge}`,
        );
      }
      yield FLOAT_CODECS[dtype].encode(values);
    }
  }
}

/** The first number whose nearest 16-bit float is infinity: from 65520 on. `find` takes five times as long. */
function beyondFloat16(values: Float32Array): number | undefined {
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude >= 65520 && magnitude < Infinity) return values[i];
  }
  return undefined;
}
