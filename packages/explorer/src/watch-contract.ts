/** The page's requests and responses about the runs of a folder, also while they train, in plain JSON. */
import type { LogEntry } from '@ramble/runs';

/** A training run in the watched folder. */
export interface RunView {
  /** Path of the run relative to the watched folder, with `/` between names. Calls name the run by this path. */
  readonly name: string;
  readonly domain: string;
  /**
   * State of the run.
   * - `training`: a process holds the run's lock.
   * - `stopped`: the training can be resumed.
   * - `ended`: the training reached `maxSteps` or `maxMinutes`, or ended early because validation no longer improved.
   * - `imported`: the weights were imported, not trained.
   * - `broken`: the run cannot be read.
   */
  readonly state: 'training' | 'stopped' | 'ended' | 'imported' | 'broken';
  /** Error of a run that cannot be read or could not be resumed. */
  readonly problem?: string;
  readonly step: number;
  /** Planned number of steps; absent for an imported run, and until steps are planned from minutes. */
  readonly maxSteps?: number;
  /** Limit of the training's time in minutes; absent without one. */
  readonly maxMinutes?: number;
  /**
   * Completed fraction, from 0 to 1, of the limit (steps or minutes) that the run will reach first; only while it
   * trains.
   */
  readonly share?: number;
  /** Estimated seconds until the run reaches its limit of steps or minutes; only while it trains. */
  readonly secondsLeft?: number;
  /** Number of tokens of a step's micro-batches; absent for an imported run. */
  readonly tokensPerStep?: number;
  /** Bits per character for a loss of 1 nat per token; absent if the run does not determine its characters. */
  readonly bitsPerCharacter?: number;
  readonly parameters?: number;
  /** The newest logged value of each quantity. */
  readonly last?: LogEntry;
  readonly bestLoss?: number;
  readonly elapsedSeconds?: number;
  /** Time of the log's last write, in ms since 1970. */
  readonly changedMs?: number;
}

export interface RunQuestion {
  readonly run: string;
}

export interface LogQuestion extends RunQuestion {
  /** Start position: 0 for the whole log, or the `to` of an earlier answer for new entries. */
  readonly from: number;
  /** Approximate maximum number of entries. Longer logs are thinned, except validations. */
  readonly max: number;
}

export interface LogAnswer {
  readonly entries: readonly LogEntry[];
  /** Opaque position in the log; pass it as `from` of the next question. */
  readonly to: number;
  /** Whether the log was replaced since the requested position. The page must then discard older entries. */
  readonly isNew: boolean;
}

export interface RunDetails {
  /** Settings by group: `model`, `training`, `domain`, `data`, `run`. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Samples that the training wrote, the last first. */
  readonly samples: readonly {
    readonly step: number;
    /** Description of the prompt; absent if the output begins a document. */
    readonly prompt?: string;
    readonly text: string;
    /** Reference output, if the data has one. */
    readonly reference?: string;
  }[];
  /** Cost of one training step. */
  readonly step: {
    /** Number of tokens of all micro-batches. */
    readonly tokens: number;
    /** Number of floating-point operations, forward and backward. */
    readonly operations: number;
  };
  /** Steps of the existing checkpoints. */
  readonly checkpoints: readonly number[];
  /** Command that resumes the run: `ramble text train --resume --out runs/book`. */
  readonly resume?: string;
}

/** A field of the form that starts a training: a setting of `train`. */
export interface TrainingField {
  /** Name of the setting: `learningRate`. */
  readonly name: string;
  readonly kind: 'text' | 'number' | 'choice' | 'boolean';
  readonly description: string;
  /** Default value, or a description of how the default is derived. */
  readonly usual?: string;
  readonly choices?: readonly string[];
  /** Whether the setting is one of the most important ones. */
  readonly isBasic: boolean;
}

/** The form that starts a training in a domain. */
export interface TrainingForm {
  readonly domain: string;
  readonly groups: readonly { readonly title: string; readonly fields: readonly TrainingField[] }[];
}

export interface TrainQuestion extends RunQuestion {
  readonly domain: string;
  /** Values of fields by name, as at the command line. */
  readonly values: Readonly<Record<string, string>>;
}

export interface WatchCalls {
  /** The runs of the folder; `null` if no folder is watched. */
  readonly runs: { question: Record<string, never>; answer: readonly RunView[] | null };
  readonly log: { question: LogQuestion; answer: LogAnswer };
  readonly details: { question: RunQuestion; answer: RunDetails };
  /** Loads the best checkpoint of a run as a model of the page and returns its id. */
  readonly open: { question: RunQuestion; answer: { readonly model: string } };
  /** Signals the training process to save and end. */
  readonly stop: { question: RunQuestion; answer: Record<string, never> };
  /** The forms that start a training, one for each domain; empty if the page may start none. */
  readonly forms: { question: Record<string, never>; answer: readonly TrainingForm[] };
  /** Starts a process that trains a new run in the folder. */
  readonly train: { question: TrainQuestion; answer: Record<string, never> };
  /** Starts a process that resumes a run. */
  readonly resume: { question: RunQuestion; answer: Record<string, never> };
}
