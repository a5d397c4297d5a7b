export type { AppEntry } from './verb/app-entry.js';
export type { Io, Sink } from './verb/io.js';
export { processIo } from './cli/process-io.js';
export { type CliSetup, runCli } from './cli/run-cli.js';
