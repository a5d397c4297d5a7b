import type { AnyApp } from '@ramble/core';

import type { AppPart } from './app-part.js';

/** An app of the command, loaded on demand. */
export interface AppEntry {
  /** The domain's name. */
  readonly name: string;
  readonly description: string;
  /**
   * The parts that verbs need and the app has: help then tells its verbs without loading it. Without them help
   * lists all verbs.
   */
  readonly parts?: readonly AppPart[];
  load(): Promise<AnyApp>;
}
