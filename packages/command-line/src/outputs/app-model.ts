import type { AnyApp, AnyDomain, Model } from '@ramble/core';

/** A model with its domain and the app that shows its outputs. */
export interface AppModel {
  readonly app: AnyApp;
  readonly domain: AnyDomain;
  readonly model: Model;
}
