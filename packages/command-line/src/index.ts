export type { AppEntry, Verbs } from './verb/verb.js';
export { AgreedError } from './verb/exit-errors.js';
export type { Io, Sink } from './verb/io.js';
export { processIo } from './cli/process-io.js';
export type { CliSetup } from './cli/verbs-of.js';
export { runCli } from './cli/run-cli.js';
export { VERBS } from './verbs/verbs.js';
