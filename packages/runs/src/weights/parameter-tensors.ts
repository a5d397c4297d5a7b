import { type Model, parameterSpecs } from '@ramble/core';
import type { TensorToWrite } from '../safetensors/write-safetensors.js';

/** The parameters of a model, to be written; those of its training's heads are not among them. */
export function parameterTensors({ config, parameters }: Model): TensorToWrite[] {
  return parameterSpecs(config).map(({ name, shape }) => {
    return { name, shape, values: () => parameters.read(name) };
  });
}
