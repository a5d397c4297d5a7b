import { totalmem } from 'node:os';

import type { ModelConfig, TrainingConfig } from '@ramble/core';
import { trainingMemory } from '@ramble/core/training';

import { formatBytes } from '../../format/format-number.js';

export interface MemoryOptions {
  /** Memory of the machine, or the part of it that this process may use, in bytes. */
  readonly totalBytes: number;
  /** Whether the engine keeps attention weights. */
  readonly keepsAttention: boolean;
  /** Whether the settings are those of a run that is resumed, and so cannot be lowered. */
  readonly isResumed?: boolean;
}

/** Fraction of the machine's memory above which a note states the memory that training needs. */
const TOLD_SHARE = 0.25;

/**
 * Checks that a training fits into memory.
 *
 * @returns a note if it takes much of the memory.
 * @throws RangeError if it does not fit, with the settings to lower.
 */
export function checkMemory(
  model: ModelConfig,
  training: TrainingConfig,
  { totalBytes, keepsAttention, isResumed = false }: MemoryOptions,
): string | undefined {
  const memory = trainingMemory(model, training, { keepsAttention });
  const { parametersBytes, activationsBytes } = memory;
  const bytes = parametersBytes + activationsBytes;
  const needed = `about ${formatBytes(bytes)} of memory (${formatBytes(parametersBytes)} for parameters, gradients and moments, ${formatBytes(activationsBytes)} for activations)`;
  if (bytes > totalBytes) {
    const lowered =
      parametersBytes > activationsBytes
        ? 'lower nEmbd or nLayer'
        : `lower batchSize, contextLength or nLayer${training.recompute ? '' : ', or give --recompute'}`;
    const advice = isResumed ? 'resume it on a machine with more memory' : lowered;
    throw new RangeError(
      `training: expected one that fits into ${formatBytes(totalBytes)}, got one that needs ${needed}; ${advice}`,
    );
  }
  if (bytes < TOLD_SHARE * totalBytes) return undefined;
  return `training takes ${needed}, and this machine has ${formatBytes(totalBytes)}`;
}

/** Memory of the machine, or of this process's container if that is less. */
export function totalMemory(): number {
  const { constrainedMemory } = process as Partial<Pick<NodeJS.Process, 'constrainedMemory'>>; // not in every runtime
  const limit = constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
