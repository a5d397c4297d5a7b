import type { AnyAskedApp, AnyDomain, Model } from '@ramble/core';

/** A model with its domain, as a run holds them. */
export interface ServedModel {
  /** What clients call it. */
  readonly id: string;
  readonly model: Model;
  readonly app: AnyAskedApp;
  readonly domain: AnyDomain;
}
