export {
  confirmedTrainer,
  findRun,
  findRuns,
  lockRun,
  runHolder,
  whileLocked,
} from './node/find-runs.js';
export { folderStorage, FullDiskError, insideFolder, openFile } from './node/folder-storage.js';
export {
  followLog,
  type LogEnd,
  type LogPart,
  type LogRange,
  readLogEnd,
} from './node/follow-log.js';
