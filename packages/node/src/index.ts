export { exists } from './files/exists.js';
export { errorCode, fileError } from './files/file-error.js';
export { isFolder } from './files/is-folder.js';
export { makeFolder } from './files/make-folder.js';
export { flushFolder, putInPlace, takeAway, withTemporary } from './files/put-in-place.js';
export { readBytes } from './files/read-bytes.js';
export type { LockHolder } from './files/lock-holder.js';
export { confirmedPid, readLock, takeLock } from './files/take-lock.js';
export { writeWhole } from './files/write-whole.js';
