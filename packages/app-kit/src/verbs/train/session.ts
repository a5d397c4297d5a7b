import type { AnyApp, Domain, Model, Run, TrainingState } from '@ramble/core';

import type { TrainingData } from '../../data/training-data.js';

/** A run that is about to be trained. */
export interface Session {
  readonly app: AnyApp;
  readonly run: Run;
  readonly domain: Domain<unknown, unknown, unknown>;
  readonly model: Model;
  /** Where training begins: at step 0, or where it stopped. */
  readonly state: TrainingState;
  readonly data: TrainingData;
  /** Lets other trainings into the run's folder. */
  release(): Promise<void>;
}
