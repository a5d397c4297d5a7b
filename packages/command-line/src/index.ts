export type { AppEntry } from './cli/find-app.js';
export type { Io, Sink } from './cli/io.js';
export { processIo } from './cli/process-io.js';
export { type CliSetup, runCli } from './cli/run-cli.js';
