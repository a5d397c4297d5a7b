import type { Engine } from '@ramble/core/engine';
import { type AppEntry, type Io, runCli, type Sink, VERBS } from '@ramble/command-line';
import type { Ranks } from '@ramble/parallel';

import { APPS, ENGINES } from '../src/built-in.js';

/** Exit status and output of a command. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandContext {
  /** Folder of corpora and token files. It stays set for later commands in this process. */
  readonly cacheFolder?: string;
  /** All of standard input. */
  readonly stdin?: string;
  /** Whether standard input is a pipe, which may have something to read. */
  readonly isPiped?: boolean;
  /** Width of the terminal in cells. */
  readonly columns?: number;
  /** Words that start the program, as hints to the user show them. */
  readonly program?: string;
  readonly engines?: readonly Engine[];
  readonly apps?: readonly AppEntry[];
  readonly importModule?: Io['importModule'];
  readonly launchRanks?: Io['launchRanks'];
  readonly openMidiPort?: Io['openMidiPort'];
  /** The ranks that this process trains with. */
  readonly ranks?: Ranks;
  /** Called with all that is written to standard error; `interrupt` is Ctrl-C. */
  readonly onNote?: (text: string, interrupt: () => void) => void;
}

/**
 * Runs a command in this process, from the sources, with the apps and engines of the program. Starting the
 * built program takes longer than most commands do.
 */
export async function runHere(
  words: readonly string[],
  {
    cacheFolder,
    stdin = '',
    isPiped = false,
    columns,
    program = 'npx ramble',
    engines = ENGINES,
    apps = APPS,
    importModule = (path) => import(path),
    launchRanks,
    openMidiPort,
    ranks,
    onNote = () => undefined,
  }: CommandContext = {},
): Promise<Outcome> {
  if (cacheFolder !== undefined) process.env.RAMBLE_CACHE = cacheFolder;
  let [stdout, stderr] = ['', ''];
  let interrupt = (): void => undefined;
  const sink = (write: (text: string) => void): Sink => ({
    isTerminal: false,
    hasColour: false,
    columns,
    write: (chunk) => Promise.resolve(write(String(chunk))),
  });
  const io: Io = {
    program,
    stdin: (async function* () {
      yield await Promise.resolve(Buffer.from(stdin));
    })(),
    isPiped,
    stdout: sink((text) => (stdout += text)),
    stderr: sink((text) => {
      stderr += text;
      onNote(text, () => interrupt());
    }),
    draw: () => undefined,
    clock: performance,
    importModule,
    launchRanks,
    openMidiPort,
    openRanks: ranks && (() => Promise.resolve(ranks)),
    newSeed: () => 0,
    onInterrupt: (listener) => {
      interrupt = listener;
      return () => undefined;
    },
  };
  const status = await runCli({ version: '0.0.0', engines, apps, verbs: VERBS }, words, io);
  return { status, stdout, stderr };
}
