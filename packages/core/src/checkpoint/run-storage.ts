import type { ByteSink, ByteSource } from '../files/bytes.js';

/** Where a run lives: a folder, or whatever can be one. Paths are relative, with `/`. */
export interface RunStorage {
  /** For error messages, usually the folder's path. */
  readonly name: string;
  /** Names of the files and folders in a folder, sorted; none when it does not exist. */
  list(folder: string): Promise<string[]>;
  /** @throws Error when there is no such file. */
  open(path: string): Promise<ByteSource & { close(): Promise<void> }>;
  /** Puts a file in place as a whole: whenever the power goes, the old or the new one is there. */
  writeText(path: string, text: string): Promise<void>;
  /** The same for a folder of files; nothing is left behind when a writer throws. */
  writeFolder(
    path: string,
    files: Readonly<Record<string, (sink: ByteSink) => Promise<void>>>,
  ): Promise<void>;
  appendText(path: string, text: string): Promise<void>;
  /** Removes a file or a folder with all that is in it. */
  remove(path: string): Promise<void>;
}
