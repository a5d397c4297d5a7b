import { fixturesIn } from '@ramble/node/testing';

/** Readers of the files in `fixtures/`. */
export const { readJson, readTensors } = fixturesIn(new URL('../fixtures/', import.meta.url));
