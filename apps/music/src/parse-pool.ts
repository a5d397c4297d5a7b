import { availableParallelism } from 'node:os';

import type { MidiFile, ParsedFile } from './parse-file.js';

/** Threads that read MIDI files. */
export interface ParsePool {
  readonly threads: number;
  parse(file: MidiFile): Promise<ParsedFile>;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly threads?: number;
  /** The module that a thread runs, and how. */
  readonly worker?: { readonly filename: string; readonly execArgv?: string[] };
}

/** Starts a thread for each processor. */
export async function createParsePool({
  threads = availableParallelism(),
  worker = { filename: new URL('./parse-file.js', import.meta.url).href },
}: PoolOptions = {}): Promise<ParsePool> {
  const { Tinypool } = await import('tinypool'); // only large collections need it
  const pool = new Tinypool({ ...worker, minThreads: threads, maxThreads: threads });
  return {
    threads,
    parse: (file) => pool.run(file) as Promise<ParsedFile>, // what the module's default export gives
    close: () => pool.destroy(),
  };
}
