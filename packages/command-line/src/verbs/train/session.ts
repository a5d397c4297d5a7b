import { freemem, totalmem } from 'node:os';

import type {
  AnyApp,
  Domain,
  Model,
  ModelConfig,
  TrainingConfig,
  TrainingState,
} from '@ramble/core';
import { currentEngine, type Engine, type TrainingEngine } from '@ramble/core/engine';
import { adapterKindOf } from '@ramble/core/model';
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
  /** Fields for run.json: settings of the model and the training, descriptions of the data, and the engine. */
  readonly description: Pick<RunDescription, 'model' | 'training' | 'data' | 'engine'>;
  /**
   * Creates the run, or opens the run to resume.
   *
   * @param options - For a resumed run: its processes, and a callback that gets the model before the optimizer's slots
   *   are loaded.
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

/** Returns options to read files with a line of progress and warnings, until `signal` is aborted. */
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

/** Total and free memory of this machine or container. */
interface MachineMemory {
  /** Memory of the machine, or the part of it that this process may use. */
  readonly totalBytes: number;
  /** Memory that no process uses. */
  readonly freeBytes: number;
}

interface MemoryOptions extends MachineMemory {
  /** Whether the engine stores the attention weights `[B, H, T, T]` for the backward pass. */
  readonly keepsAttention: boolean;
  /**
   * Start of the training: random weights, another run's weights, or its own checkpoint. It decides which settings can
   * still be lowered.
   */
  readonly start: 'new' | 'tuned' | 'resumed';
}

/** A note states the memory that training needs if it exceeds this fraction of all memory, or of the free memory. */
const [TOLD_SHARE, TOLD_FREE_SHARE] = [0.25, 0.5];
/** Rank of the adapters that are proposed in place of a training of the whole model. */
const PROPOSED_RANK = 16;

/**
 * Checks that a training fits into memory.
 *
 * @returns a note if it takes much of the memory.
 * @throws RangeError if it does not fit, with the settings to lower.
 */
export function checkMemory(
  model: ModelConfig,
  training: TrainingConfig,
  { totalBytes, freeBytes, keepsAttention, start }: MemoryOptions,
): string | undefined {
  const memory = trainingMemory(model, training, { keepsAttention });
  const { parametersBytes, activationsBytes } = memory;
  const bytes = parametersBytes + activationsBytes;
  const needed = `about ${formatBytes(bytes)} of memory (${formatBytes(parametersBytes)} for parameters, gradients and moments, ${formatBytes(activationsBytes)} for activations)`;
  if (bytes < Math.min(TOLD_SHARE * totalBytes, TOLD_FREE_SHARE * freeBytes)) return undefined;
  const canAdapt = start === 'tuned' && adapterKindOf(training) === undefined;
  const adapters = canAdapt ? `; ${adaptersMemory(model, training, keepsAttention)}` : '';
  if (bytes > totalBytes) {
    const advice = loweringAdvice(start, parametersBytes > activationsBytes, training);
    throw new RangeError(
      `training: expected one that fits into ${formatBytes(totalBytes)}, got one that needs ${needed}; ${advice}${adapters}`,
    );
  }
  return `training takes ${needed}, and this machine has ${formatBytes(totalBytes)}, ${formatBytes(freeBytes)} of it free${adapters}`;
}

/** Returns what to lower in a training that does not fit into memory. */
function loweringAdvice(
  start: MemoryOptions['start'],
  areParameters: boolean,
  { recompute }: Pick<TrainingConfig, 'recompute'>,
): string {
  const elsewhere = 'on a machine with more memory';
  if (start === 'resumed') return `resume it ${elsewhere}`;
  if (areParameters) return start === 'tuned' ? `train it ${elsewhere}` : 'lower nEmbd or nLayer';
  const sizes =
    start === 'tuned' ? 'batchSize or sequenceLength' : 'batchSize, contextLength or nLayer';
  return `lower ${sizes}${recompute ? '' : ', or give --recompute'}`;
}

/** Describes the memory of a training of adapters in place of the model. */
function adaptersMemory(
  model: ModelConfig,
  training: TrainingConfig,
  keepsAttention: boolean,
): string {
  const adapted = { ...training, loraRank: PROPOSED_RANK };
  const { parametersBytes, activationsBytes } = trainingMemory(model, adapted, { keepsAttention });
  return `adapters (--lora-rank ${PROPOSED_RANK}) take about ${formatBytes(parametersBytes + activationsBytes)}`;
}

/** Returns the memory of the machine, or of this process's container if that is less. */
export function machineMemory(): MachineMemory {
  const totalBytes = totalMemory();
  return { totalBytes, freeBytes: Math.min(freemem(), totalBytes) };
}

function totalMemory(): number {
  const { constrainedMemory } = process as Partial<Pick<NodeJS.Process, 'constrainedMemory'>>; // not in every runtime
  const limit = constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Engine and instruction set of a training. Others round differently. */
type UsedEngine = Pick<RunDescription, 'engine' | 'instructionSet'>;

/** Returns the engine that was loaded, and its instruction set in use. */
export function usedEngine({ name }: Engine): UsedEngine {
  const engine: TrainingEngine | undefined = currentEngine();
  return { engine: name, instructionSet: engine?.instructionSets?.inUse() };
}

/**
 * Returns a warning if the engine or instruction set changed, so that results are rounded differently; else undefined.
 */
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
