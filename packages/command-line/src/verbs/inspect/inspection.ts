import type { ModelConfig, ParameterTally } from '@ramble/core';
import type { PromptStudy } from '@ramble/core/study';

import type { RunSummary } from './run-lines.js';

/** The result of `inspect`. */
export interface Inspection {
  readonly model: ModelConfig;
  readonly parameters: ParameterTally;
  /** The inspected run; absent if only settings were given. */
  readonly run?: RunSummary;
  /** The run's folder, without those it is in. */
  readonly name?: string;
  /** The study of the prompt; absent without a prompt. */
  readonly study?: PromptStudy;
}
