import { totalmem } from 'node:os';

import type {
  AnyApp,
  Domain,
  Model,
  ModelConfig,
  TrainingConfig,
  TrainingState,
} from '@ramble/core';
import { currentEngine, type Engine, type TrainingEngine } from '@ramble/core/engine';
import { trainingMemory } from '@ramble/core/training';
import type { ResumeOptions, Run, RunDescription } from '@ramble/runs';

import type { TrainingData } from '../../data/training-data.js';
import type { WatchOptions } from '../../data/watch-files.js';
import { formatBytes } from '../../format/format-number.js';
import { UsageError } from '../../verb/exit-errors.js';
import { flagName, settingWords, type Values } from '../../verb/flag.js';
import { type Output, tellRepairs } from '../../verb/output.js';

/** App, domain and data of a training. */
interface SessionInputs {
  readonly app: AnyApp;
  readonly domain: Domain<unknown, unknown, unknown>;
  readonly data: TrainingData;
}

/** A run that is ready to be trained. */
export interface Session extends SessionInputs {
  readonly run: Run;
  readonly model: Model;
  /** The state in which training starts: step 0, or the step of the resumed checkpoint. */
  readonly state: TrainingState;
  /** Name of each rank's machine, by rank; absent for a single process. */
  readonly hosts?: readonly string[];
  /** Seconds of the time limit that earlier calls took, if the limit is for all calls together. */
  readonly spentSeconds?: number;
  /** Seconds that reading and encoding the data took; absent for a resumed run and with ranks. */
  readonly readSeconds?: number;
}

/** A training with checked settings and data, before anything is written. */
export interface TrainingPlan extends SessionInputs {
  /** Settings and data for run.json. */
  readonly description: Pick<RunDescription, 'model' | 'training' | 'data' | 'engine'>;
  /**
   * Makes or opens the run.
   *
   * @param options - For a resumed run: its processes, and a callback for the model before its slots are loaded.
   */
  begin(options?: Pick<ResumeOptions, 'onModel' | 'processes'>): Promise<Session>;
}

/**
 * Checks given settings against those that a run cannot change.
 *
 * @throws UsageError that names the first one that differs.
 */
export function checkUnchanged(given: Values, settled: object, runName: string): void {
  for (const [name, value] of Object.entries(given)) {
    const own = (settled as Values)[name]; // any record of settings
    if (value !== own && JSON.stringify(value) !== JSON.stringify(own)) {
      const expected =
        own === undefined ? 'no value, as in' : `${settingWords({ own }).own}, the value of`;
      throw new UsageError(
        `${flagName(name)}: expected ${expected} ${runName}, got ${String(value)}`,
      );
    }
  }
}

/** Returns options to read files with a line of progress, until the user stops it. */
export function readingOptions(output: Output, signal: AbortSignal, what: string): WatchOptions {
  return {
    signal,
    onSkip: (reason) => void output.warn(`left out: ${reason}`),
    onRepair: tellRepairs(output),
    onProgress: (share) => {
      output.progress(`${what} the data: ${Math.floor(100 * share)} %`);
    },
  };
}

interface MemoryOptions {
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

/** Engine and instruction set, which decide the last digits of results. */
type UsedEngine = Pick<RunDescription, 'engine' | 'instructionSet'>;

/** Returns the engine that was loaded, and its instruction set in use. */
export function usedEngine({ name }: Engine): UsedEngine {
  const engine: TrainingEngine | undefined = currentEngine();
  return { engine: name, instructionSet: engine?.instructionSets?.inUse() };
}

/** Returns a warning if an engine computes other last digits than the one before; else undefined. */
export function engineNote(before: UsedEngine, now: UsedEngine): string | undefined {
  if (now.engine !== before.engine) {
    return `engine ${now.engine}: numbers differ a little from those of ${before.engine}`;
  }
  const [first, set] = [before.instructionSet, now.instructionSet];
  if (first === undefined || set === undefined || first === set) return undefined;
  return (
    `instruction set ${set}: numbers differ a little from those of ${first}; ` +
    `RAMBLE_ISA=${first} selects that set on a processor that has it`
  );
}
