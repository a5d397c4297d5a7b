export type { AppEntry } from './cli/find-app.js';
export type { Io, Sink } from './cli/io.js';
export { processIo } from './cli/process-io.js';
export { type CliSetup, runCli } from './cli/run-cli.js';
export { findRun } from './run-folder/find-run.js';
export { folderStorage } from './run-folder/folder-storage.js';
export { lockRun } from './run-folder/lock-run.js';
export { openFile } from './run-folder/open-file.js';
