export { exists } from './exists.js';
export { errorCode, fileError } from './file-error.js';
export { isFolder } from './is-folder.js';
export { makeFolder } from './make-folder.js';
export { flushFolder, putInPlace, takeAway, withTemporary } from './put-in-place.js';
export { readBytes } from './read-bytes.js';
export type { LockHolder } from './lock-holder.js';
export { confirmedPid, readLock, takeLock } from './take-lock.js';
export { writeWhole } from './write-whole.js';
