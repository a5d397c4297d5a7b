import {
  type BatchComputations,
  chunkSums,
  type Lifetime,
  normOf,
  type ParameterUpdate,
  planMemory,
  type ProgramCall,
  recordProgram,
  sizeOf,
  type TrainingProgram,
  type UpdatedNumbers,
} from '@ramble/core/engine';
import { FORMATS, type StoredNumbers } from '@ramble/core/weights';
import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { OpCall } from '../addon/load-addon.js';
import { namedOps, type NativeOps, type PositionalOps } from '../addon/ops.gen.js';
import { LINE } from '../backend/kernel-memory.js';
import type { Kernel } from '../kernels/kernel.js';
import { PlannedMemory, type Storage, updateFields } from './planned-memory.js';

/** Number of 32-bit entries in a cache line. */
const ALIGNMENT = LINE / Float32Array.BYTES_PER_ELEMENT;

/** Functions that return the arrays of parameters and of their gradients, by parameter name. */
export interface ProgramArrays {
  readonly parameter: (name: string) => StoredNumbers;
  /** Returns the array for the gradient of a parameter. */
  readonly gradient: (name: string) => Float32Array;
}

/** A training program, converted to a list of calls of the addon. */
export interface LoweredProgram {
  /** Arrays of the batch's numbers by name, which the caller fills. */
  readonly inputs: readonly (readonly [name: string, array: Float32Array | Int32Array])[];
  /** Array of one number that receives the loss. */
  readonly loss: Float32Array;
  /** Number of entries of the arena, the memory that the outputs of calls share. */
  readonly arenaSize: number;
  /** Returns the number of calls after which the gradient of a parameter is complete. */
  readonly callsUntil: (parameter: string) => number;
  /** Assigns the outputs of calls to places in an arena, and returns all calls in order. */
  place(arena: Float32Array): OpCall[];
  /**
   * Returns the calls that depend on the step, such as dropout, for the given step. `index` is the index of a call
   * among all calls.
   */
  callsAt(step: number): (readonly [index: number, call: OpCall])[];
}

/**
 * Records a training program and converts it to calls of the addon. Each kernel runs once on empty memory, and the
 * addon's ops that it calls are recorded instead of run.
 *
 * @returns `undefined` if the computations have no program, or one of its kernels is not a native one.
 */
export function lowerProgram(
  given: BatchComputations,
  kernels: Readonly<Record<string, Kernel>>,
  arrays: ProgramArrays,
): LoweredProgram | undefined {
  const program = recordProgram(given);
  if (!program?.calls.every(({ kernel }) => kernel in kernels)) return undefined;
  const memory = new PlannedMemory();
  const { tensors, inputs } = leavesOf(program, memory, arrays);
  const callsOf = (index: number, step: number): OpCall[] =>
    runCall(program.calls[index], index, { kernels, memory, tensors, step });
  let count = 0;
  const starts = program.calls.map((_, index) => {
    const start = count;
    count += callsOf(index, 0).length;
    return start;
  });
  const storage = (value: number): Storage => memory.storageOf(tensors[value]);
  if (!fixGradients(program, storage, arrays)) return undefined;
  const loss = new Float32Array(1);
  storage(program.loss).array = loss;
  memory.settle();
  const loose = memory.made().filter(({ array }) => array === undefined);
  const lifetimes = loose.map(({ length, first, last }): Lifetime => ({
    size: length,
    first,
    last,
  }));
  const plan = planMemory(lifetimes, ALIGNMENT);
  const stepped = program.calls.flatMap(({ hasStep }, index) => (hasStep ? [index] : []));
  return {
    inputs,
    loss,
    arenaSize: plan.size,
    callsUntil: (parameter) => {
      const { source } = program.values[program.gradients[parameter]];
      const next = source.kind === 'output' ? source.call + 1 : 0;
      return starts[next] ?? count;
    },
    place: (arena) => {
      loose.forEach((place, i) => {
        const start = plan.offsets[i];
        place.array = arena.subarray(start, start + place.length);
      });
      return program.calls.flatMap((_, index) => callsOf(index, 0));
    },
    callsAt: (step) =>
      stepped.flatMap((index) =>
        callsOf(index, step).map((call, i) => [starts[index] + i, call] as const),
      ),
  };
}

/** Returns the tensors of a program's inputs, parameters and constants: values that no call computes. */
function leavesOf(
  { values }: TrainingProgram,
  memory: PlannedMemory,
  arrays: ProgramArrays,
): { tensors: TensorInfo[]; inputs: LoweredProgram['inputs'] } {
  const inputs: [string, Float32Array | Int32Array][] = [];
  const tensors: TensorInfo[] = [];
  values.forEach(({ shape, dtype, source }, value) => {
    if (source.kind === 'output') return;
    if (source.kind === 'parameter') {
      const stored = arrays.parameter(source.name);
      tensors[value] =
        stored.layout === FORMATS.f32
          ? memory.fixed(stored.array as Float32Array, shape, dtype) // that format's
          : memory.stored(stored, shape);
      return;
    }
    const make = (): Float32Array | Int32Array => {
      if (source.kind === 'constant') return source.numbers;
      const size = sizeOf(shape);
      const array = dtype === 'int32' ? new Int32Array(size) : new Float32Array(size);
      inputs.push([source.name, array]);
      return array;
    };
    tensors[value] = memory.fixed(make(), shape, dtype);
  });
  return { tensors, inputs };
}

interface Lowering {
  readonly kernels: Readonly<Record<string, Kernel>>;
  readonly memory: PlannedMemory;
  /** Tensor of each value of the program, by index. `runCall` adds the tensors of outputs. */
  readonly tensors: TensorInfo[];
  readonly step: number;
}

/** Runs a kernel for one call of a program, and returns the calls of the addon's ops that the kernel makes. */
function runCall(
  { kernel, inputs, attributes, outputs, isDifferentiated }: ProgramCall,
  index: number,
  { kernels, memory, tensors, step }: Lowering,
): OpCall[] {
  // A kernel may have returned fewer residuals than its gradient has inputs for.
  const given = Object.entries(inputs).filter(([, value]) => value in tensors);
  const named = Object.fromEntries(given.map(([name, value]) => [name, tensors[value]]));
  return writtenCalls((addon) => {
    memory.begin(index, Object.values(named), addon);
    const made = kernels[kernel]({
      inputs: named,
      attributes: { ...attributes, ...('step' in attributes && { step }) },
      isDifferentiated,
      backend: memory,
      addon,
    });
    made.forEach((tensor, i) => (tensors[outputs[i]] = tensor));
  });
}

/**
 * Stores gradients in the trainer's arrays. A value that is added to a gradient is stored in the gradient's
 * array, if no other call needs it.
 *
 * @returns false if a gradient is not a call's own output.
 */
function fixGradients(
  { calls, gradients }: TrainingProgram,
  storage: (value: number) => Storage,
  arrays: ProgramArrays,
): boolean {
  for (const [name, value] of Object.entries(gradients)) {
    const place = storage(value);
    if (place.array) return false; // gradient of two parameters, or a constant
    place.array = arrays.gradient(name);
  }
  for (const [index, { kernel, inputs, outputs }] of [...calls.entries()].reverse()) {
    if (kernel !== 'Add') continue;
    const [sum, part] = [storage(outputs[0]), storage(inputs.a)];
    const isFree = part.array === undefined && part.last === index && part.first >= 0;
    if (sum.array && isFree && sum.length === part.length) part.array = sum.array;
  }
  return true;
}

/** An update as calls of the addon, which follow the calls that compute its gradients. */
export interface UpdateCalls {
  readonly calls: readonly OpCall[];
  /** Returns the norm of the gradients before clipping, after the calls have run; NaN for a loss that is not finite. */
  readonly gradientNorm: () => number;
}

/**
 * Returns calls that clip gradients and update the parameters of a store, unless the loss or the norm is not finite.
 *
 * @param gradients - One array for each parameter.
 * @param loss - Array of one number, which the calls read when they run.
 * @returns `undefined` for the rule `muon`, which has no native call.
 */
export function updateCalls(
  gradients: readonly Float32Array[],
  numbers: UpdatedNumbers,
  loss: Float32Array,
  { rule, clipNorm: limit }: ParameterUpdate,
): UpdateCalls | undefined {
  if (rule.kind === 'muon') return undefined; // the store computes it, with products
  const sums = chunkSums(gradients);
  const factor = new Float32Array(1);
  const calls = writtenCalls((addon) => {
    addon.sumsOfSquares({ arrays: gradients, sums });
    addon.clip({ chunks: sums.length, sums, limit, loss, factor });
    addon.update(updateFields({ ...numbers, gradients, rule }, factor));
  });
  return { calls, gradientNorm: () => (Number.isFinite(loss[0]) ? normOf(sums) : NaN) };
}

/** Records the calls of ops that `make` calls, without running them. */
function writtenCalls(make: (ops: NativeOps) => void): OpCall[] {
  const written: OpCall[] = [];
  const write = (name: string) => {
    return (...values: unknown[]): void => void written.push([name, values]);
  };
  // The cast: the proxy has a function for every name.
  const ops = new Proxy({}, { get: (_, name) => write(String(name)) }) as PositionalOps;
  make(namedOps(ops));
  return written;
}
