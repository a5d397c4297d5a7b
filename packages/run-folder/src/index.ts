export { findRun } from './find-run.js';
export { folderStorage } from './folder-storage.js';
export { lockRun, whileLocked } from './lock-run.js';
export { openFile } from './open-file.js';
export { FullDiskError } from './storage-error.js';
