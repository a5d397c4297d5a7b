import { bytesOf } from '../src/safetensors/float-codecs.js';
import type { EncodedTensor } from '../src/safetensors/write-safetensors.js';
import { fixturesIn } from '@ramble/node/testing';

/** A model of transformers: its config.json, and tensors whose entry i is start + i / 8. */
export interface GoldenModel {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, { readonly shape: number[]; readonly start: number }>>;
}

const fixtures = fixturesIn(new URL('../fixtures/gguf/models/', import.meta.url));
export const goldenModels = fixtures.readJson('golden.json') as Readonly<
  Record<string, GoldenModel>
>;

/** Returns a tiny model as llama.cpp's converter writes it; see fixtures/gguf/make-models.py. */
export function ggufOf(name: string): Uint8Array {
  return fixtures.readBytes(`${name}.gguf`);
}

/** Returns the entries of a tensor of a golden model. */
export function goldenValues({ shape, start }: GoldenModel['tensors'][string]): Float32Array {
  const length = shape.reduce((product, each) => product * each);
  return Float32Array.from({ length }, (_, i) => start + i / 8);
}

/** Returns the tensors of a model as in a Hugging Face folder. */
export function encodedTensors({ tensors }: GoldenModel): EncodedTensor[] {
  return Object.entries(tensors).map(([name, tensor]) => ({
    name,
    dtype: 'F32',
    shape: tensor.shape,
    bytes: () => inPieces(bytesOf(goldenValues(tensor))),
  }));
}

/** Splits bytes into pieces that end inside rows and heads. */
function inPieces(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / 52) }, (_, i) =>
    bytes.subarray(52 * i, 52 * (i + 1)),
  );
}
