import { type ModelConfig, type ParameterSpec, sizeOf } from '@ramble/core';
import { named } from '@ramble/core/files';
import { convertTensor } from '../../safetensors/convert-tensor.js';
import { FLOAT_CODECS, type FloatDtype } from '../../safetensors/float-codecs.js';
import type { Safetensors } from '../../safetensors/open-safetensors.js';
import type { EncodedTensor } from '../../safetensors/write-tensors.js';

import type { Family } from './families.js';
import { recipeOf } from './llama-names.js';

/**
 * One of our parameters as the tensors of a Hugging Face file of the Llama family, to be written: matrices
 * are turned back and cut into those that ours holds side by side.
 *
 * @param file - A run's tensors as floats.
 */
export function llamaTensors(
  file: Safetensors,
  { name, shape }: ParameterSpec,
  model: ModelConfig,
  family: Family,
  dtype: FloatDtype,
): EncodedTensor[] {
  const { theirs, isTransposed, plus } = recipeOf(name, model, family);
  if (!isTransposed && theirs.length === 1 && plus === 0) {
    return [convertTensor(file, name, dtype, theirs[0])];
  }
  const width = shape.at(-1) ?? 0;
  const height = isTransposed ? shape[0] : 1;
  let start = 0;
  return widthsOf(theirs.length, width, model).map((columns, i) => {
    const first = start;
    start += columns;
    return {
      name: theirs[i],
      dtype,
      shape: isTransposed ? [columns, height] : [columns],
      async *bytes() {
        const all = await file.read(name);
        const part = new Float32Array(sizeOf([columns, height]));
        for (let row = 0; row < height; row++) {
          for (let c = 0; c < columns; c++) {
            part[c * height + row] = all[row * width + first + c] - plus;
          }
        }
        yield named(`${file.name}: ${name}`, () => FLOAT_CODECS[dtype].encode(part, true));
      },
    };
  });
}

/** The widths of the parts of a parameter: queries, keys and values, or gate and up. */
function widthsOf(parts: number, width: number, model: ModelConfig): number[] {
  const shared = model.nKvHead * model.headDim;
  if (parts === 3) return [width - 2 * shared, shared, shared];
  return Array.from({ length: parts }, () => width / parts);
}
