import type { AnyApp } from '@ramble/core';

/** An app of the command, loaded on demand. */
export interface AppEntry {
  /** The domain's name. */
  readonly name: string;
  readonly description: string;
  load(): Promise<AnyApp>;
}
