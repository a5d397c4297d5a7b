import type { Engine } from '@ramble/core';

import type { AppEntry } from '../verb/app-entry.js';
import type { Verbs } from '../verb/verb.js';

/** The parts that the command is made of. */
export interface CliSetup {
  readonly version: string;
  /** The available engines, fastest first. */
  readonly engines: readonly Engine[];
  readonly apps: readonly AppEntry[];
  readonly verbs: Verbs;
  /** The folder of the Explorer's page; absent where it does not come with the command. */
  readonly page?: string;
}
