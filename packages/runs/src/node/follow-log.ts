import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

import { errorCode } from '@ramble/node';

import { type LogEntry, parseLogLine } from '../run/run-log.js';

import { storageError } from './folder-storage.js';

/** Part of a log to read. */
export interface LogRange {
  /** Position from which to read: 0 for the beginning, or the `to` of an earlier `LogPart`. */
  readonly from: number;
  /** Approximate maximum number of entries. A longer part is thinned evenly; validation entries stay. */
  readonly max: number;
}

/** A part of a log that may still grow. */
export interface LogPart {
  /** The entries in order. Lines that are not entries are skipped. */
  readonly entries: readonly LogEntry[];
  /** Position at which the next part starts, to be passed as `from` in the next call. */
  readonly to: number;
  /**
   * Whether the log file was replaced since the requested position, for example by a resumed run. If so, this part
   * starts at the beginning of the new file, and entries that were read earlier are void.
   */
  readonly isNew: boolean;
}

/** The newest values of a run's log, from its last 16 KiB, and the time of its last write. */
export interface LogEnd {
  /** The newest value of each quantity; absent if the log has no entry. */
  readonly last?: LogEntry;
  /** The newest entry with a training loss; absent if the last 16 KiB of the log contain none. */
  readonly lastStep?: LogEntry;
  /** The time of the last write, in ms since 1970; absent if the log does not exist. */
  readonly changedMs?: number;
}

const LOG = 'log.jsonl';
/**
 * Flags for opening the log to read it. They refuse symbolic links, which could lead out of the run, and do not wait
 * for the writer of a pipe.
 */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Maximum number of bytes that a call of `followLog` reads; a longer part takes several calls. */
const MAX_PART_BYTES = 2 ** 25;
/** Number of bytes at the end of a log that are searched for the newest entries of each kind. */
const END_BYTES = 2 ** 14;
/** A position in a log is `file * FILE_UNIT + offset`, where `file` is a number derived from the log file's inode. */
const FILE_UNIT = 2 ** 40;
const FILES = 8191; // so that a position is a safe integer

/**
 * Reads a run's log from a position to its current end. It takes no lock and does not disturb a training.
 *
 * @throws Error that names the log, if it is not a file or permission is missing.
 */
export async function followLog(folder: string, { from, max }: LogRange): Promise<LogPart> {
  const part = await withLog(folder, async (log) => {
    const { ino, size } = await log.stat();
    const file = (1 + (ino % FILES)) * FILE_UNIT;
    const isSame = from > file && from - file <= size;
    const start = isSame ? from - file : 0;
    const bytes = await readBytes(log, start, Math.min(size - start, MAX_PART_BYTES));
    const whole = bytes.lastIndexOf('\n') + 1;
    // A line that fills a whole part is not an entry.
    const done = whole === 0 && bytes.length === MAX_PART_BYTES ? bytes.length : whole;
    const lines = bytes.toString('utf8', 0, whole).split('\n').slice(0, -1);
    const entries = thinned(lines, max).flatMap((line) => parseLogLine(line) ?? []);
    const to = start + done;
    return { entries, to: to === 0 ? 0 : file + to, isNew: from > 0 && !isSame };
  });
  return part ?? { entries: [], to: 0, isNew: from > 0 };
}

/**
 * Reads the newest values of a run's log.
 *
 * @throws Error that names the file, if it is not a file or permission is missing.
 */
export async function readLogEnd(folder: string): Promise<LogEnd> {
  const end = await withLog(folder, async (log) => {
    const { size, mtimeMs } = await log.stat();
    const length = Math.min(size, END_BYTES);
    const bytes = await readBytes(log, size - length, length);
    const lines = bytes.toString('utf8', 0, bytes.lastIndexOf('\n') + 1).split('\n');
    const entries = lines.flatMap((line) => parseLogLine(line) ?? []);
    const last = entries.length > 0 ? (Object.assign({}, ...entries) as LogEntry) : undefined;
    const lastStep = entries.filter(({ loss }) => loss !== undefined).at(-1);
    return { last, lastStep, changedMs: mtimeMs };
  });
  return end ?? {};
}

/**
 * Opens a run's log, calls `use` with it and closes it.
 *
 * @returns the result of `use`; `undefined` if the log does not exist.
 */
async function withLog<T>(
  folder: string,
  use: (log: FileHandle) => Promise<T>,
): Promise<T | undefined> {
  try {
    const log = await open(join(folder, LOG), READ);
    try {
      if (!(await log.stat()).isFile()) {
        throw new Error(`${folder}/${LOG}: expected a file, got a folder or a pipe`);
      }
      return await use(log);
    } finally {
      await log.close();
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw storageError(folder, LOG, error);
  }
}

/**
 * Reads bytes at an offset of a file.
 *
 * @returns fewer bytes if the file was truncated in the meantime.
 */
async function readBytes(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** Returns about `max` lines, evenly spaced, and all lines with validation losses or scores. No line is parsed. */
function thinned(lines: readonly string[], max: number): readonly string[] {
  const each = Math.ceil(lines.length / max);
  if (each <= 1) return lines;
  return lines.filter(
    (line, i) => i % each === 0 || i === lines.length - 1 || line.includes('"validation'),
  );
}
