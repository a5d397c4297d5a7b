import type { AnyApp, Domain, Model, TrainingState } from '@ramble/core';
import type { ResumeOptions, Run, RunDescription } from '@ramble/runs';

import type { TrainingData } from '../../data/training-data.js';

/** What a run is about to be trained with. */
interface Materials {
  readonly app: AnyApp;
  readonly domain: Domain<unknown, unknown, unknown>;
  readonly data: TrainingData;
}

/** A run that is about to be trained. */
export interface Session extends Materials {
  readonly run: Run;
  readonly model: Model;
  /** The state in which training starts: step 0, or the step of the resumed checkpoint. */
  readonly state: TrainingState;
  /** The name of each rank's machine, by rank; absent for a process alone. */
  readonly hosts?: readonly string[];
  /** Seconds of the time limit that earlier calls took, where it is for all of them together. */
  readonly spentSeconds?: number;
  /** Seconds that reading and encoding the data took; absent for a resumed run and with ranks. */
  readonly readSeconds?: number;
}

/** A training whose settings and data have been found to be right; nothing is written yet. */
export interface TrainingPlan extends Materials {
  /** What the run will say of its settings and data. */
  readonly description: Pick<RunDescription, 'model' | 'training' | 'data' | 'engine'>;
  /**
   * Makes or opens the run.
   *
   * @param options - For a run that goes on: who does, and what is told the model before its slots are loaded.
   */
  begin(options?: Pick<ResumeOptions, 'onModel' | 'processes'>): Promise<Session>;
}
