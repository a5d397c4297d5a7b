import type { AnyApp, Clock } from '@ramble/core';
import type { Engine } from '@ramble/core/engine';
import type { Ranks } from '@ramble/parallel';

import type { AppEntry } from '../src/verb/verb.js';
import { BrokenPipeError, InterruptedError } from '../src/verb/exit-errors.js';
import type { Io, Sink, TypedLines } from '../src/verb/io.js';
import { runCli } from '../src/cli/run-cli.js';
import { partsOf } from '../src/cli/verbs-of.js';
import { VERBS } from '../src/verbs/verbs.js';
import { absentEngine, cpuEngine } from './cpu-engine.js';
import { lettersApp } from './letters-app.js';
import { reversalApp } from './reversal-app.js';
import { talkApp } from './talk-app.js';
import { tunesApp } from './tunes-app.js';

/** Exit status and output of a command line. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandContext {
  readonly stdin?: string;
  /** The clock of the command; the real one unless given. */
  readonly clock?: Clock;
  /** Whether standard input is a pipe. */
  readonly isPiped?: boolean;
  readonly isTerminal?: boolean;
  /** Seed that is drawn unless one is given. */
  readonly newSeed?: number;
  /** The words that start the program; `ramble` unless given. */
  readonly program?: string;
  /** Width of the terminal. */
  readonly columns?: number;
  /** Keys that are pressed one after the other at a terminal. */
  readonly keys?: readonly string[];
  /** Called with all that is drawn in place; `interrupt` is Ctrl-C. */
  readonly onDraw?: (text: string, interrupt: () => void) => void;
  /** Lines that somebody types at a terminal; `undefined` for Ctrl-C. */
  readonly typed?: readonly (string | undefined)[];
  /** Called with everything that is written to standard output; `interrupt` is Ctrl-C. */
  readonly onPrint?: (text: string, interrupt: () => void) => void;
  /** Called with every line about the work; `interrupt` is Ctrl-C. */
  readonly onNote?: (line: string, interrupt: () => void) => void;
  /** Number of writes to standard output that succeed before its reader closes. */
  readonly reads?: number;
  /** Number of writes to standard error that succeed before its reader closes. */
  readonly readsNotes?: number;
  readonly engines?: readonly Engine[];
  /** The folder of the Explorer's page. */
  readonly page?: string;
  /** Called with an address that is shown in a browser. */
  readonly onOpenPage?: (url: string) => void;
  /** Opens MIDI ports. */
  readonly openMidiPort?: Io['openMidiPort'];
  /** Ranks of a training, including this process. */
  readonly ranks?: Ranks;
}

/** Runs a command line in this process, with the apps `letters`, `reversal`, `tunes` and `talk`. */
export async function runCommand(
  words: readonly string[],
  {
    stdin = '',
    isPiped,
    isTerminal = false,
    keys,
    typed,
    onDraw = () => undefined,
    onPrint,
    onNote,
    reads = Infinity,
    readsNotes = Infinity,
    engines = [cpuEngine, absentEngine],
    newSeed = 0,
    program,
    columns,
    page,
    onOpenPage = () => undefined,
    ranks,
    openMidiPort,
    clock = performance,
  }: CommandContext = {},
): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []];
  let interrupt = (): void => undefined;
  const sink = (written: string[], most: number): Sink => ({
    isTerminal,
    hasColour: false,
    columns,
    write: (chunk) => {
      const isRead = written.length < most;
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      if (isRead) written.push(text);
      if (written === err) onNote?.(text, () => interrupt());
      else onPrint?.(text, () => interrupt());
      return isRead ? Promise.resolve() : Promise.reject(new BrokenPipeError());
    },
  });
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from(stdin));
  }
  const io: Io = {
    program,
    stdin: bytes(),
    isPiped,
    stdout: sink(out, reads),
    stderr: sink(err, readsNotes),
    draw: (text) => onDraw(text, () => interrupt()),
    keys: keys && (() => pressed(keys)),
    typed: typed && typist(typed),
    clock,
    newSeed: () => newSeed,
    importModule: (path) => import(path),
    openPage: (url) => Promise.resolve(onOpenPage(url)),
    openMidiPort,
    openRanks: ranks && (() => Promise.resolve(ranks)),
    onInterrupt: (listener) => {
      interrupt = listener;
      return () => (interrupt = () => undefined);
    },
  };
  const setup = {
    verbs: VERBS,
    version: '0.0.0',
    engines,
    page,
    apps: [lettersApp, reversalApp, tunesApp, talkApp].map(entryOf),
  };
  const status = await runCli(setup, words, io);
  return { status, stdout: out.join(''), stderr: err.join('') };
}

function typist(lines: readonly (string | undefined)[]): TypedLines {
  const left = [...lines];
  return {
    read: () => {
      if (left.length === 0) return Promise.resolve(undefined);
      const line = left.shift();
      return line === undefined
        ? Promise.reject(new InterruptedError('stopped'))
        : Promise.resolve(line);
    },
  };
}

async function* pressed(keys: readonly string[]): AsyncGenerator<string> {
  for (const key of keys) yield await Promise.resolve(key);
}

function entryOf(app: AnyApp): AppEntry {
  const { name, description } = app;
  return { name, description, parts: partsOf(app), load: () => Promise.resolve(app) };
}
