import type { Model, ModelConfig } from '@ramble/core';
import { type ParameterSpec, sizeOf } from '@ramble/core/engine';
import { type BlockFormat, inputsOf, matrixShape } from '@ramble/core/weights';

import {
  FLOAT_CODECS,
  type FloatDtype,
  floatDtype,
  readFloats,
  tensorIn,
} from '../../safetensors/float-codecs.js';
import { checkTied, type Safetensors } from '../../safetensors/open-safetensors.js';
import type { TensorEntry } from '../../safetensors/safetensors-header.js';
import { expectedParameters } from '../../weights/check-tensors.js';
import { loadModel, type WeightOptions } from '../../weights/load-model.js';
import type { Weights } from '../open-shards.js';
import { FAMILIES, type FamilyName } from './families.js';
import { familyRecipes, type Recipe } from './llama-names.js';

/** Pattern of the names of buffers (rotary frequencies) that old files contain in addition to the parameters. */
const BUFFER = /\.rotary_emb\.inv_freq$/;
/** Number of rows that are transposed together: one cache line of floats. */
const BLOCK = 16;
const HEAD = 'lm_head.weight';
const EMBEDDING = 'model.embed_tokens.weight';

/**
 * Returns a view of a Hugging Face file in which the parameters have ramble's names and shapes. Matrices are
 * transposed and concatenated on request, one at a time in memory. Quantized blocks are kept bit for bit. Tensors
 * that no recipe uses keep their names, except rotary buffers and a tied output projection, which are left out.
 *
 * @param recipeFor - Returns the recipe for a parameter from the file's tensors.
 * @throws RangeError that names file and tensor, if one is missing or does not match the tensors that it is joined
 *   with, or if a tied output projection differs from the token embedding.
 */
export async function assembleTensors(
  file: Weights,
  model: ModelConfig,
  recipeFor: (name: string) => Recipe,
): Promise<Safetensors> {
  const specs = expectedParameters(file, model);
  const rest = new Map(file.tensors);
  const recipes = new Map<string, Recipe>();
  const tensors = new Map<string, TensorEntry>();
  const inBlocks = new Map<string, () => ReturnType<Safetensors['bytes']>>();
  for (const spec of specs) {
    const { name } = spec;
    const recipe = recipeFor(name);
    recipes.set(name, recipe);
    const entry = entryOf(file, name, recipe);
    const format = blocksOf(file, spec, recipe, entry);
    if (format) {
      const shape = format.file.shape(spec);
      tensors.set(name, { name, dtype: format.file.dtype, shape, start: 0, end: sizeOf(shape) });
      inBlocks.set(name, () => groupedBytes(file, spec, recipe, format));
    } else {
      tensors.set(name, entry);
    }
    for (const sources of recipe.sources) rest.delete(sources);
  }
  if (model.tiedHead && rest.delete(HEAD)) await checkTied(file, HEAD, EMBEDDING);
  for (const [name, entry] of rest) if (!BUFFER.test(name)) tensors.set(name, entry);

  const bytes: Safetensors['bytes'] = (name) => {
    const blocks = inBlocks.get(name);
    if (blocks) return blocks();
    const recipe = recipes.get(name);
    if (!recipe || isPlain(recipe)) return file.bytes(recipe?.sources[0] ?? name);
    return assembled(name, recipe);
  };
  async function* assembled(name: string, recipe: Recipe): ReturnType<Safetensors['bytes']> {
    const entry = tensors.get(name);
    if (entry) yield FLOAT_CODECS[entry.dtype as FloatDtype].encode(await read(file, recipe));
  }
  const view = { ...file, tensors, bytes };
  return { ...view, read: (name) => readFloats(view, name) };
}

/** Returns the block format of a parameter, if all its source tensors have that format. */
function blocksOf(
  file: Weights,
  spec: ParameterSpec,
  { sources, plus }: Recipe,
  { shape }: TensorEntry,
): BlockFormat | undefined {
  if (inputsOf(spec) === undefined || plus !== 0) return undefined;
  if (shape.join() !== spec.shape.join()) return undefined; // the reader of floats reports it
  const formats = new Set(sources.map((name) => file.groups?.(name)?.format));
  return formats.size === 1 ? [...formats][0] : undefined;
}

/** Yields the blocks of a parameter, joined from the groups of its source tensors. */
async function* groupedBytes(
  file: Weights,
  spec: ParameterSpec,
  { sources }: Recipe,
  format: BlockFormat,
): ReturnType<Safetensors['bytes']> {
  const matrix = format.matrix(matrixShape(spec));
  let output = 0;
  for (const name of sources) {
    const rows = output + (file.tensors.get(name)?.shape[0] ?? 0);
    for await (const piece of file.groups?.(name)?.rows() ?? []) {
      output += matrix.writeGroups(output, piece);
    }
    output = rows;
  }
  yield matrix.stored.array;
}

/** Whether the parameter equals one tensor of the file unchanged. */
function isPlain({ isTransposed, sources, plus }: Recipe): boolean {
  return !isTransposed && sources.length === 1 && plus === 0;
}

function entryOf(file: Safetensors, name: string, recipe: Recipe): TensorEntry {
  const parts = recipe.sources.map((sources) => tensorIn(file.name, file.tensors, sources));
  const [first] = parts;
  if (isPlain(recipe)) return first;
  const rank = recipe.isTransposed ? 2 : 1;
  for (const { name: sources, shape } of parts) {
    if (shape.length === rank && shape.at(1) === first.shape.at(1)) continue;
    const wanted = rank === 2 ? `a matrix of ${first.shape.at(1) ?? 'some'} columns` : 'a vector';
    throw new RangeError(
      `${file.name}: expected ${sources} to be ${wanted}, got shape [${shape.join()}]`,
    );
  }
  const width = parts.reduce((sum, { shape }) => sum + shape[0], 0);
  const shape = recipe.isTransposed ? [first.shape[1], width] : [width];
  const isHalf = recipe.plus === 0 && parts.every(({ dtype }) => dtype === 'F16');
  parts.forEach(({ name: sources }) => floatDtype(file, sources));
  const end = sizeOf(shape) * (isHalf ? 2 : 4); // so that byte counts are right
  const parted = recipe.sources.join(', ');
  return { name: parted, dtype: isHalf ? 'F16' : 'F32', shape, start: 0, end };
}

/** Reads the values of one of ramble's parameters. */
async function read(
  file: Safetensors,
  { sources, isTransposed, plus }: Recipe,
): Promise<Float32Array> {
  const sizes = sources.map((name) => file.tensors.get(name)?.shape ?? []);
  const width = sizes.reduce((sum, [rows]) => sum + rows, 0);
  const height = isTransposed ? sizes[0][1] : 1;
  const all = new Float32Array(width * height);
  let column = 0;
  for (const [i, name] of sources.entries()) {
    const values = await file.read(name);
    const [rows] = sizes[i];
    for (let first = 0; first < rows; first += BLOCK) {
      const end = Math.min(rows, first + BLOCK);
      for (let at = 0; at < height; at++) {
        const to = at * width + column;
        for (let row = first; row < end; row++) all[to + row] = values[row * height + at] + plus;
      }
    }
    column += rows;
  }
  return all;
}

/**
 * Loads a model from a Hugging Face file of the Llama family.
 *
 * @throws RangeError that names file and tensor, if the file does not match the settings.
 */
export async function loadLlama(
  file: Safetensors,
  config: ModelConfig,
  family: FamilyName,
  options?: WeightOptions,
): Promise<Model> {
  const weights = await assembleTensors(file, config, familyRecipes(config, FAMILIES[family]));
  return loadModel(weights, config, options);
}
