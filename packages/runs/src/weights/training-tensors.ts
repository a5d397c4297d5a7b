import type { Model, ModelConfig, TrainingConfig } from '@ramble/core';
import type { ParameterSpec, ParameterStore } from '@ramble/core/engine';
import { parameterSpecs, type SegmentMemory, trainingHeads } from '@ramble/core/model';
import { type Slot, trainingSlots } from '@ramble/core/training';

import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorToWrite } from '../safetensors/write-safetensors.js';
import { checkTensors } from './check-tensors.js';

interface TrainingTensor extends TensorToWrite {
  readonly parameter: string;
  /** Slot of the optimizer, such as Adam's `mean`; absent if the tensor is the parameter itself. */
  readonly slot?: Slot;
  /** Number of the process that the tensor belongs to, or 0 if all processes share it. */
  readonly rank: number;
}

/**
 * Returns the values that one of the optimizer's slots (such as Adam's `mean`) has for a parameter. If each process has
 * its own slots, `rank` is the number of the process.
 */
type SlotReader = (name: string, slot: Slot, rank: number) => Float32Array | Promise<Float32Array>;

/** Options for saving the optimizer's slots, such as Adam's moments. */
export interface SlotOptions {
  /** Returns a slot's values for a parameter; by default, they are read from the model's store. */
  readonly slotOf?: SlotReader;
  /** Number of processes that train; default 1. */
  readonly processes?: number;
}

/**
 * Returns the tensors that a training saves in addition to its model: training heads, and the optimizer's slots such
 * as `finalNorm.gain.mean` and `finalNorm.gain.variance`. With local updates, further processes add slots such as
 * `finalNorm.gain.mean.rank1`.
 */
export function trainingTensors(
  { config, parameters: store }: Model,
  training: TrainingConfig,
  { slotOf = (name, slot) => store.read(name, slot), processes = 1 }: SlotOptions = {},
): TrainingTensor[] {
  const heads = trainingHeads(config, training).map(({ name, shape }) => {
    return { name, shape, values: () => store.read(name), parameter: name, rank: 0 };
  });
  const slots = trainingSlots(training).flatMap(({ slot, perProcess }) =>
    Array.from({ length: perProcess ? processes : 1 }, (_, rank) => ({ slot, rank })),
  );
  const remembered = store.specs.flatMap(({ name, shape }) =>
    slots.map(({ slot, rank }) => ({
      name: rank === 0 ? `${name}.${slot}` : `${name}.${slot}.rank${rank}`,
      shape,
      values: () => slotOf(name, slot, rank),
      parameter: name,
      ...{ slot, rank },
    })),
  );
  return [...heads, ...remembered];
}

/**
 * Loads the state that only training needs: moments, training heads and the segment memory.
 *
 * @param model - Model with its training heads, which gets the moments of process 0.
 * @param processes - Number of processes that resume.
 * @returns the segment memory, if the model has one.
 * @throws RangeError if the file does not contain exactly the tensors of this training, or if another number of
 *   processes saved moments.
 */
export async function loadTrainingTensors(
  file: Safetensors,
  model: Model,
  training: TrainingConfig,
  processes = 1,
): Promise<SegmentMemory | undefined> {
  const tensors = trainingTensors(model, training, { processes });
  checkProcesses(file, tensors, processes);
  const memory = await loadMemory(file, model.config);
  checkTensors(file, [...tensors, ...memoryTensors(model.config, memory)]);
  for (const { name, parameter, slot, rank } of tensors) {
    if (rank === 0) model.parameters.write(parameter, await file.read(name), slot);
  }
  return memory;
}

/** Checks that as many processes resume as have saved moments, because with local updates each has its own moments. */
function checkProcesses(
  { tensors: found }: Safetensors,
  tensors: readonly TrainingTensor[],
  processes: number,
): void {
  const own = tensors.find(({ rank }) => rank === processes - 1 && rank > 0);
  const isOfMore = [...found.keys()].some((name) => name.endsWith(`.rank${processes}`));
  if (!isOfMore && (own === undefined || found.has(own.name))) return;
  let saved = 1;
  while ([...found.keys()].some((name) => name.endsWith(`.rank${saved}`))) saved++;
  throw new RangeError(
    `ranks: expected ${saved}, each of which has moments of its own (syncEvery), got ${processes}; ` +
      `start as many, or a new run with --init-from`,
  );
}

const nameOf = (layer: number): string => `memory.${layer}`;

/**
 * Returns the segment memory as tensors to write: `memory.0` contains the first block's inputs at the M remembered
 * positions, `[B, M, C]`.
 */
export function memoryTensors({ nEmbd }: ModelConfig, memory?: SegmentMemory): TensorToWrite[] {
  if (!memory) return [];
  const { batchSize, length, states } = memory;
  return states.map((state, layer) => {
    return { name: nameOf(layer), shape: [batchSize, length, nEmbd], values: () => state };
  });
}

/**
 * Reads the segment memory of a training from a file; `undefined` if the file has none.
 *
 * @throws RangeError if it is longer than the model's memory or lacks a layer.
 */
async function loadMemory(
  file: Safetensors,
  { nLayer, memory: max = 0 }: ModelConfig,
): Promise<SegmentMemory | undefined> {
  const first = file.tensors.get(nameOf(0));
  if (!first) return undefined;
  const [batchSize = 0, length = 0] = first.shape;
  if (length > max) {
    throw new RangeError(
      `${file.name}: expected ${first.name} of at most ${max} positions (memory), got [${first.shape.join()}]`,
    );
  }
  const states: Float32Array[] = [];
  for (let layer = 0; layer < nLayer; layer++) {
    states.push(await file.read(nameOf(layer)));
  }
  return { batchSize, length, states };
}

/**
 * Returns a model's parameters as tensors to write. Adapters are merged into them, and the additional heads that predict
 * later tokens in training are left out.
 */
export function parameterTensors({ config, parameters }: Model): TensorToWrite[] {
  return tensorsOf(parameterSpecs(config), parameters);
}

/** Returns the parameters that a checkpoint saves: the model's own, or only its adapters. */
export function savedTensors(model: Model): TensorToWrite[] {
  const { adapters } = model.parameters;
  return adapters ? tensorsOf(adapters.specs, model.parameters) : parameterTensors(model);
}

function tensorsOf(
  specs: readonly ParameterSpec[],
  store: Pick<ParameterStore, 'read'>,
): TensorToWrite[] {
  return specs.map(({ name, shape }) => ({ name, shape, values: () => store.read(name) }));
}
