export { findRun } from './node/find-run.js';
export { findRuns } from './node/find-runs.js';
export { folderStorage } from './node/folder-storage.js';
export {
  followLog,
  type LogEnd,
  type LogPart,
  type LogRange,
  readLogEnd,
} from './node/follow-log.js';
export { insideFolder } from './node/inside-folder.js';
export { lockRun, whileLocked } from './node/lock-run.js';
export { openFile } from './node/open-file.js';
export { confirmedTrainer, runHolder } from './node/run-holder.js';
export { FullDiskError } from './node/storage-error.js';
