export { findRun } from './find-run.js';
export { findRuns } from './find-runs.js';
export { folderStorage } from './folder-storage.js';
export { followLog, type LogEnd, type LogPart, type LogRange, readLogEnd } from './follow-log.js';
export { insideFolder } from './inside-folder.js';
export { lockRun, whileLocked } from './lock-run.js';
export { openFile } from './open-file.js';
export { confirmedTrainer, runHolder } from './run-holder.js';
export { FullDiskError } from './storage-error.js';
