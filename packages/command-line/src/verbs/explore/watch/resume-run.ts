import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

import { errorCode } from '@ramble/node';
import { confirmedTrainer, readLogEnd, runHolder } from '@ramble/runs/node';

import { shellQuoted } from '../../../verb/verb.js';
import type { Io, StartedCommand } from '../../../verb/io.js';

/** Starts and resumes trainings, and reports why one failed. */
export interface RunResumer {
  /**
   * Starts a process that trains a new run, and waits until it has found the data and has the run's lock. The output
   * goes to a file next to the run's folder, as the folder must be new.
   *
   * @param words - Words of the command, without its name.
   * @throws Error if the new process fails.
   */
  begin(path: string, words: readonly string[]): Promise<void>;
  /**
   * Starts a process that resumes a run, and waits until it has found the data and has the run's lock.
   *
   * @throws Error if a process already trains the run, or the new process fails.
   */
  resume(run: StoppedRun): Promise<void>;
  /** Last line that a process printed before it failed; `undefined` if it has not failed. */
  problemOf(path: string): string | undefined;
}

/** File in a run's folder that receives the output of a resumed training. */
const OUTPUT = 'resume.log';
/** End of the name of the file that receives the output of a new training: `book.train.log`. */
const NEW_OUTPUT = '.train.log';
const POLL_MS = 100;
/**
 * Default maximum wait for a new process, in milliseconds. A process that reads much data takes longer; if it fails,
 * the failure is reported later.
 */
const PATIENCE_MS = 20_000;

/** Options of a resumer. */
interface ResumerOptions {
  /** Maximum wait for a new process, in milliseconds. */
  readonly patienceMs?: number;
  /** The words that start this program, for messages. */
  readonly program?: string;
}

/** Creates a resumer that starts `ramble` in new processes. */
export function runResumer(
  startCommand: Io['startCommand'],
  { patienceMs = PATIENCE_MS, program = 'ramble' }: ResumerOptions = {},
): RunResumer {
  const started = new Map<string, StartedCommand>();
  const problems = new Map<string, string>();

  async function end(path: string, output: string, { ended }: StartedCommand): Promise<void> {
    const status = await ended;
    started.delete(path);
    if (status !== 0 && status !== 130) problems.set(path, await lastLine(output));
  }

  /**
   * Starts a command, and waits until it trains, fails, or the maximum wait is over. Returns the last line that a
   * failed command printed; otherwise `undefined`.
   */
  async function launch(
    path: string,
    words: readonly string[],
    output: string,
  ): Promise<string | undefined> {
    if (!startCommand) {
      const line = words.map(shellQuoted).join(' ');
      throw new Error(
        `run: expected a command that can start again, got none; type: ${program} ${line}`,
      );
    }
    problems.delete(path);
    const command = await startCommand(words, output);
    started.set(path, command);
    const ending = end(path, output, command);
    for (let waited = 0; waited < patienceMs && started.has(path); waited += POLL_MS) {
      if ((await runHolder(path)) !== undefined) return undefined;
      await Promise.race([ending, setTimeout(POLL_MS)]);
    }
    return problems.get(path);
  }

  return {
    problemOf: (path) => problems.get(path),
    begin: async (path, words) => {
      if (started.has(path))
        throw new Error(`run: expected a new name, got one that starts already`);
      const problem = await launch(path, words, `${path}${NEW_OUTPUT}`);
      if (problem !== undefined) throw new Error(`run: expected it to start, got ${problem}`);
    },
    resume: async (run) => {
      const { path } = run;
      const pid = started.get(path)?.pid;
      const holder = pid === undefined ? await runHolder(path) : { words: `process ${pid}` };
      if (holder) {
        throw new Error(
          `run: expected one that does not train, got one that ${holder.words} trains`,
        );
      }
      const problem = await launch(path, resumeWords(run), join(path, OUTPUT));
      if (problem !== undefined) throw new Error(`run: expected it to go on, got ${problem}`);
    },
  };
}

/** Returns the last line of a file, without escape sequences for colours. */
async function lastLine(file: string): Promise<string> {
  const text = stripVTControlCharacters(await readFile(file, 'utf8').catch(() => ''));
  const lines = text.trim().split('\n');
  return lines.at(-1) || 'no word of why not';
}

/** A run to resume. */
interface StoppedRun {
  /** The folder of the run. */
  readonly path: string;
  /** Name of the run's domain on the command line, or the path of the domain's module. */
  readonly word: string;
  /** The words that start this program again; `ramble` unless given. */
  readonly program?: string;
}

/** Returns the arguments of `ramble` that resume a run. */
function resumeWords({ path, word }: StoppedRun): string[] {
  return [word, 'train', '--resume', '--out', path];
}

/** Command that resumes a run; if several ranks trained it, with a placeholder for their number. */
export async function resumeLine(run: StoppedRun): Promise<string> {
  const line = [run.program ?? 'ramble', ...resumeWords(run).map(shellQuoted)].join(' ');
  return (await wasTrainedTogether(run.path)) ? `${line} --ranks N` : line;
}

/** Whether several processes trained a run together when it was last trained. */
export async function wasTrainedTogether(path: string): Promise<boolean> {
  return (await readLogEnd(path)).lastStep?.waitedShare !== undefined;
}

/** Signals the process that trains a run to save and end. A process is signalled only if it holds the run's lock. */
export type StopRun = (path: string) => Promise<void>;

/**
 * Creates a function that stops trainings. It signals each process once: a second signal would end it unsaved.
 *
 * @param signal - Sends the signal.
 */
export function runStopper(
  signal: (pid: number) => void = (pid) => process.kill(pid, 'SIGTERM'),
): StopRun {
  const signalled = new Map<string, number>();
  return async (path) => {
    const holder = await runHolder(path);
    if (!holder) throw new Error(`run: expected one that trains, got ${path}, which does not`);
    const { pid, words } = holder;
    if (pid === undefined) {
      throw new Error(`run: expected one that trains on this machine, got ${words}; stop it there`);
    }
    if (process.platform === 'win32') {
      // Signals of Windows end a process at once.
      throw new Error(`run: expected a system with signals, got Windows; press Ctrl-C in ${words}`);
    }
    if (signalled.get(path) === pid) return;
    if ((await confirmedTrainer(path)) !== pid) {
      throw new Error(
        `run: expected a process that holds the lock of ${path}, got ${words}, which the lock names and which does not hold it; ` +
          'press Ctrl-C where the run trains, or remove its file .lock if nothing trains it',
      );
    }
    try {
      signal(pid);
    } catch (error) {
      const isGone = errorCode(error) === 'ESRCH';
      if (isGone) return;
      throw new Error(`run: expected permission to signal ${words}, got none`, { cause: error });
    }
    signalled.set(path, pid);
  };
}
