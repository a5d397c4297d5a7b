import { errorCode, fileError } from './file-error.js';

const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: as Node says it`), { code, syscall: 'open' });

describe('fileError', () => {
  it.each([
    ['EACCES', 'permission to use it, got permission denied'],
    ['EPERM', 'permission to use it, got permission denied'],
    ['EEXIST', 'a folder, got a file'],
    ['EISDIR', 'a file, got a folder'],
    ['ENOENT', 'a file or folder, got nothing at that path'],
    ['ENOSPC', 'free space on the disk, got a full one'],
    ['ENOTDIR', 'only folders in the path before it, got a file'],
    ['EROFS', 'a disk that can be written to, got a read-only one'],
    ['EIO', 'the operation to succeed, got EIO'],
  ])('explains %s and keeps the cause', (code, sentence) => {
    const cause = systemError(code);
    const error = fileError('data.txt', cause);
    expect(error).toEqual(new Error(`data.txt: expected ${sentence}`));
    expect(error.cause).toBe(cause);
  });

  it('returns other errors unchanged', () => {
    const error = new RangeError('nHead: expected a divisor of nEmbd (384), got 7');
    expect(fileError('data.txt', error)).toBe(error);
  });
});

describe('errorCode', () => {
  it('is the name of a failure of the system, and undefined otherwise', () => {
    expect(errorCode(systemError('ENOENT'))).toBe('ENOENT');
    expect(errorCode(new Error('no'))).toBeUndefined();
    expect(errorCode('ENOENT')).toBeUndefined();
  });
});
