import type { AnyApp } from '@ramble/core';

/** An app that comes with the command. */
export interface AppEntry {
  /** The domain's name. */
  readonly name: string;
  readonly description: string;
  load(): Promise<AnyApp>;
}
