import type { Clock } from '@ramble/core';
import type { Ranks } from '@ramble/parallel';

/** An output stream: standard output or standard error. */
export interface Sink {
  /**
   * Writes text or bytes and waits until they are accepted.
   *
   * @throws BrokenPipeError if the reader has closed the stream; Error that names the stream for other failures.
   */
  write(chunk: string | Uint8Array): Promise<void>;
  readonly isTerminal: boolean;
  /** Whether to colour the output. */
  readonly hasColour: boolean;
  /** Width of the terminal in columns; absent if the output is no terminal, or its width is unknown. */
  readonly columns?: number;
}

/** Lines that a user types at a terminal, with editing and a history. */
export interface TypedLines {
  /**
   * Reads a line. A line end in a pasted text does not end the input but becomes a part of it.
   *
   * @param prompt - Text that is printed before the input.
   * @returns the line; `undefined` if Ctrl-D ended the input.
   * @throws InterruptedError if Ctrl-C is pressed twice at an empty line.
   */
  read(prompt: string): Promise<string | undefined>;
}

/** Options to start processes that train together. */
export interface LaunchedRanks {
  readonly count: number;
  /** Machines for the ranks, with the maximum number of ranks on each; empty for this machine. */
  readonly hosts: readonly { readonly name: string; readonly slots: number }[];
  /** Whether the other ranks continue if one ends. */
  readonly survive: boolean;
  /** Called with each line that a rank writes, and its stream. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/**
 * The result of ranks that a launcher (such as mpirun) started: exit status, name of the launcher, and the first
 * message of the launcher itself, which may be empty.
 */
interface RankEnd {
  readonly status: number;
  readonly launcher: string;
  readonly complaint: string;
}

/** The streams, signals and clock of a command line, passed in so that tests can replace them. */
export interface Io {
  /** The words that start this program again, for hints and examples: `npx ramble`; `ramble` unless given. */
  readonly program?: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Whether standard input is a file or a pipe, which may have something to read. */
  readonly isPiped?: boolean;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Draws text below all other output on a terminal, in place of the text drawn before; `''` removes it. */
  draw(text: string): void;
  readonly clock: Clock;
  /** A fresh random seed, an integer of 32 bits. */
  newSeed(): number;
  /**
   * Imports a module by the path that the user gave. A package of ramble that is not installed near the module
   * resolves to the command's own copy, so a single file needs no `node_modules`.
   *
   * @returns the module's namespace object.
   */
  importModule(path: string): Promise<unknown>;
  /**
   * Keys as they are pressed, by name: `a`, `up`, `return`, `backspace`, `ctrl+c`. Until the loop over them
   * ends, the terminal neither shows nor handles them. Absent without a user at a terminal.
   */
  readonly keys?: () => AsyncIterable<string>;
  /** Lines that the user types; absent without a user at a terminal. */
  readonly typed?: TypedLines;
  /**
   * Connects to the ranks that a launcher has started to train together; absent, or returns `undefined`, for a single
   * process. If a rank waits longer than `timeoutSeconds` for the others, all ranks end. With `survive` the other ranks
   * continue if one ends.
   */
  readonly openRanks?: (options: {
    readonly timeoutSeconds: number;
    readonly survive: boolean;
  }) => Promise<Ranks | undefined>;
  /**
   * Called by a rank with an error in its command line, which all ranks share. Waits a moment, and returns true if the
   * first rank reports the error, so that this rank must not repeat it. Absent without ranks.
   */
  readonly leavesWordsToFirst?: () => Promise<boolean>;
  /**
   * Starts this command again as several ranks, which find one another by `openRanks`, and waits for their
   * end; absent if that is impossible.
   *
   * @throws Error if no launcher is found.
   */
  readonly launchRanks?: (launch: LaunchedRanks) => Promise<RankEnd>;
  /**
   * Starts this command again with other words, as a process that outlives this one; its output is appended to a
   * file. Absent if that is impossible.
   *
   * @throws Error that names the file if it cannot be written.
   */
  readonly startCommand?: (words: readonly string[], outputFile: string) => Promise<StartedCommand>;
  /**
   * Opens a virtual MIDI input and output of a name; absent if that is impossible.
   *
   * @throws Error that says what to install.
   */
  readonly openMidiPort?: (
    name: string,
    onMessage: (message: readonly number[]) => void,
  ) => Promise<MidiPort>;
  /** Shows an address in the user's browser; absent if there may be no browser. */
  readonly openPage?: (url: string) => Promise<void>;
  /**
   * Calls `listener` at the first Ctrl-C or SIGTERM, in place of ending the process. The second signal ends the process
   * at once. Signals are handled between steps, when JavaScript is idle.
   *
   * @returns a function that removes the listener.
   */
  onInterrupt(listener: () => void): () => void;
}

/** A MIDI port of this program, to which other programs connect. */
export interface MidiPort {
  /** Sends a MIDI message at once. */
  send(message: readonly number[]): void;
  close(): void;
}

/** A command's process that outlives its parent. */
export interface StartedCommand {
  readonly pid: number;
  /** Resolves to the exit status at its end, or to `null` if a signal ended it. */
  readonly ended: Promise<number | null>;
}
