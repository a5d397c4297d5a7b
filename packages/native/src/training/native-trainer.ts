import {
  type FlatParameters,
  flatParameters,
  type ParameterStore,
  type ReadyProgram,
  type Trainer,
} from '@ramble/core/engine';
import { FORMATS } from '@ramble/core/weights';
import { type GradientBucket, gradientBuckets } from '@ramble/core/training';

import type { Addon, CallList, OpCall } from '../addon/load-addon.js';
import { hugeFloats, type MakeFloats } from '../backend/kernel-memory.js';
import { type Kernel, walkOf } from '../kernels/kernel.js';
import { type LoweredProgram, lowerProgram, updateCalls } from './lower-program.js';

/**
 * Makes a trainer that runs training programs in C++, each in one call.
 *
 * @returns `undefined` for parameters that cannot be trained.
 */
export function createTrainer(
  parameters: ParameterStore,
  addon: Addon,
  kernels: Readonly<Record<string, Kernel>>,
): Trainer | undefined {
  const { beginUpdate } = parameters;
  const parameter = parameters.stored?.bind(parameters);
  if (!parameter || !beginUpdate) return undefined; // models with such weights cannot be trained
  if (parameters.specs.some(({ name }) => parameter(name).layout !== FORMATS.f32)) return undefined;
  const makeFloats = hugeFloats(addon);
  const newGradients = (): FlatParameters => flatParameters(parameters.specs, makeFloats);
  const gradients = newGradients();
  const reserve = createArena(makeFloats);
  const buckets = gradientBuckets(parameters.specs);
  const sums = waitingSums(newGradients, addon);
  /** Whether the gradients of the last run have been added to the sums. */
  let isAdded = false;
  const total = (): FlatParameters => (isAdded ? sums.total() : gradients);
  const totals = (): Float32Array[] => parameters.specs.map(({ name }) => total().find(name));
  const ready = (lowered: LoweredProgram): ReadyProgram => {
    const stretches = callLists(lowered, reserve, addon, buckets);
    return {
      run: (inputs, { step, isFirst, additions, onSummed, update }) => {
        if (isFirst) sums.clear();
        else if (!isAdded) sums.push(gradients.values);
        for (const [name, array] of lowered.inputs) array.set(inputs[name]);
        isAdded = additions > 0;
        let lists: CallList[] = [];
        for (const [i, list] of stretches(step).entries()) {
          lists.push(list);
          if (!isAdded && !onSummed) continue; // nothing is done between stretches
          addon.runCalls(lists);
          lists = [];
          const { start, end } = buckets[i];
          if (isAdded) sums.add(gradients.values, additions, start, end);
          onSummed?.(total().values.subarray(start, end)); // while the next stretch runs
        }
        if (isAdded) sums.merge(additions);
        const ending = update && updateCalls(totals(), beginUpdate(), lowered.loss, update);
        if (ending) lists.push(prepareList(ending.calls, addon));
        addon.runCalls(lists);
        return { loss: lowered.loss[0], gradientNorm: ending?.gradientNorm() };
      },
    };
  };
  return {
    get gradients() {
      return total().tensors();
    },
    prepare: (given) => {
      const lowered = lowerProgram(given, kernels, { parameter, gradient: gradients.find });
      return lowered && ready(lowered);
    },
    dispose: () => {
      gradients.release();
      sums.release();
    },
  };
}

/**
 * Prepares the calls of a program, and prepares them again after its arena has moved. There is a list for
 * each bucket of gradients, which are complete when that list and the earlier ones have run.
 */
function callLists(
  lowered: LoweredProgram,
  reserve: ReturnType<typeof createArena>,
  addon: Addon,
  buckets: readonly GradientBucket[],
): (step: number) => readonly CallList[] {
  let known: { memory: Float32Array; lists: CallList[]; kept: unknown } | undefined;
  let last = 0;
  const ends = buckets.map(({ specs }) => {
    return (last = Math.max(last, ...specs.map(({ name }) => lowered.callsUntil(name))));
  });
  return (step) => {
    const memory = reserve(lowered.arenaSize);
    if (known?.memory !== memory) {
      const calls = lowered.place(memory);
      const lists = ends.map((_, i) => {
        // Calls after the last gradient, if any, are run with its list.
        const end = i === ends.length - 1 ? calls.length : ends[i];
        return prepareList(calls.slice(ends[i - 1] ?? 0, end), addon);
      });
      known = { memory, lists, kept: calls };
    }
    for (const [index, call] of lowered.callsAt(step)) {
      const i = ends.findIndex((end, at) => index < end || at === ends.length - 1);
      addon.setCall(known.lists[i], index - (ends[i - 1] ?? 0), ...call);
    }
    return known.lists;
  };
}

function prepareList(calls: readonly OpCall[], addon: Addon): CallList {
  return addon.prepareCalls(
    calls.map(([name]) => name),
    calls.map((call) => call[1]),
  );
}

/**
 * Makes the memory that a trainer's programs share.
 *
 * @returns a function that reserves a number of entries and returns the memory: a new array if the earlier one is too
 *   short.
 */
function createArena(makeFloats: MakeFloats): (size: number) => Float32Array {
  let memory: Float32Array = new Float32Array(0);
  return (size) => {
    if (size <= memory.length) return memory;
    memory = new Float32Array(0); // releases the old memory first
    return (memory = makeFloats(size));
  };
}

/**
 * Makes an empty stack of pending sums of gradients, to sum over the micro-batches of an update in pairs. The memory
 * of removed sums is reused.
 */
function waitingSums(make: () => FlatParameters, addon: Addon) {
  const made: FlatParameters[] = [];
  let count = 0;
  return {
    clear: (): void => void (count = 0),
    /** Stores a copy of gradients as the newest pending sum. */
    push: (gradients: Float32Array): void => {
      (made[count++] ??= make()).values.set(gradients);
    },
    /**
     * Adds gradients, from `start` to before `end`, to the newest pending sum, adds that sum to the one before
     * it, and so on: `additions` additions in total.
     */
    add: (gradients: Float32Array, additions: number, start: number, end: number): void => {
      let sum = gradients.subarray(start, end);
      for (let n = 1; n <= additions; n++) {
        const waiting = made[count - n].values.subarray(start, end);
        addTo(waiting, sum, addon);
        sum = waiting;
      }
    },
    /** Removes the newest `additions - 1` sums, after `add` has added all their parts to the one before. */
    merge: (additions: number): void => void (count -= additions - 1),
    /** Returns the oldest pending sum, which is the only one at the end. */
    total: (): FlatParameters => made[0],
    release: (): void => {
      for (const each of made) each.release();
    },
  };
}

/** Adds numbers to sums in place. */
function addTo(sums: Float32Array, numbers: Float32Array, addon: Addon): void {
  const walk = walkOf([{ size: sums.length, strides: [1, 1] }]);
  addon.binary({ kind: 'add', walk, a: numbers, b: sums, y: sums });
}
