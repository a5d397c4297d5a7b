export { errorCode, exists, fileError, isFolder, readBytes } from './files/file-error.js';
export {
  flushFolder,
  makeFolder,
  putInPlace,
  takeAway,
  withTemporary,
  writeWhole,
} from './files/put-in-place.js';
export { confirmedPid, type LockHolder, readLock, takeLock } from './files/take-lock.js';
