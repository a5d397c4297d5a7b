import type { ByteSink } from '@ramble/core';
import { formatJson, type JsonObject } from '@ramble/core/files';
import { checkParameters, type RunDescription, widenInt8 } from '@ramble/runs';
import {
  convertTensor,
  type EncodedTensor,
  type Safetensors,
  writeTensors,
} from '@ramble/safetensors';

import { toGpt2Config } from './gpt2-config.js';
import { toGpt2Name } from './gpt2-names.js';

export interface Gpt2FileOptions {
  /** Type of the numbers; `F16` rounds, and quantized weights of a run are dequantized. */
  readonly dtype?: 'F32' | 'F16';
  /** The id that ends a text and begins one. */
  readonly endOfText?: number;
}

/** A model as Hugging Face has it: the content of config.json, and the weights under its names. */
export interface WrittenModel {
  readonly config: JsonObject;
  readonly tensors: readonly EncodedTensor[];
}

/**
 * Gives a run's model in the layout of Hugging Face.
 *
 * @param file - The run's model.safetensors, as it was opened.
 * @throws RangeError for a model that GPT-2 cannot be, or a file that is not of the run.
 */
export function gpt2Model(
  { model, training }: Pick<RunDescription, 'model' | 'training'>,
  file: Safetensors,
  { dtype = 'F32', endOfText }: Gpt2FileOptions = {},
): WrittenModel {
  const config = toGpt2Config(model, {
    dtype: dtype === 'F32' ? 'float32' : 'float16',
    dropout: training.dropout,
    endOfText,
  });
  const wide = widenInt8(file);
  const tensors = checkParameters(wide, model).map(({ name }) =>
    convertTensor(wide, name, dtype, toGpt2Name(name)),
  );
  return { config, tensors };
}

/**
 * A run's model as the files of a Hugging Face folder, to be written by name: `config.json`,
 * `generation_config.json` and `model.safetensors`. Numbers stream from file to file.
 *
 * @param file - The run's model.safetensors, as it was opened.
 * @throws RangeError for a model that GPT-2 cannot be, or a file that is not of the run.
 */
export function gpt2Files(
  description: Pick<RunDescription, 'model' | 'training'>,
  file: Safetensors,
  options: Gpt2FileOptions = {},
): Record<string, (sink: ByteSink) => Promise<void>> {
  const { config, tensors } = gpt2Model(description, file, options);
  const json = (value: JsonObject) => (sink: ByteSink) =>
    sink.write(new TextEncoder().encode(formatJson(value)));
  return {
    'config.json': json(config),
    'generation_config.json': json({
      bos_token_id: config.bos_token_id,
      eos_token_id: config.eos_token_id,
    }),
    'model.safetensors': (sink) => writeTensors(sink, tensors, { format: 'pt' }),
  };
}
