import type { Clock } from '@ramble/core';
import type { Ranks } from '@ramble/parallel';

/** An output stream: standard output or standard error. */
export interface Sink {
  /**
   * Writes text or bytes and waits until they are accepted.
   *
   * @throws BrokenPipeError when nobody reads any more; Error that names it for other failures.
   */
  write(chunk: string | Uint8Array): Promise<void>;
  readonly isTerminal: boolean;
  /** Whether to colour what is written. */
  readonly hasColour: boolean;
  /** Width of the terminal in cells; absent if the output is no terminal, or its width is unknown. */
  readonly columns?: number;
}

/** Lines that somebody types at a terminal, who may edit them and find those before. */
export interface TypedLines {
  /**
   * Reads a line. A pasted text is a part of it, line ends included.
   *
   * @param prompt - Text that is printed before the input.
   * @returns `undefined` at the end, Ctrl-D.
   * @throws InterruptedError on two Ctrl-C at an empty line.
   */
  read(prompt: string): Promise<string | undefined>;
}

/** The processes that are to train together. */
export interface LaunchedRanks {
  readonly count: number;
  /** Machines to start them on and the most ranks of each; none for this machine. */
  readonly hosts: readonly { readonly name: string; readonly slots: number }[];
  /** Whether the other ranks continue if one ends. */
  readonly survive: boolean;
  /** Called with each line that a rank writes, and its stream. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** Exit status of ranks that a launcher started, and the launcher's own messages. */
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
  /** Replaces the lines it drew before, below all else on a terminal; `''` takes them away. */
  draw(text: string): void;
  readonly clock: Clock;
  /** A fresh random seed, an integer of 32 bits. */
  newSeed(): number;
  /**
   * Imports a module by the path that the user gave. If the module imports a package of ramble and none is
   * installed near it, it gets the command's own copy, so a single file needs no `node_modules`.
   *
   * @returns its namespace object.
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
   * Opens the ranks of this process, if a launcher has started several to train together; absent, or without
   * a result, if the process is alone. If a rank waits longer than `timeoutSeconds` for the others, all end.
   * With `survive` the others continue if one ends.
   */
  readonly openRanks?: (options: {
    readonly timeoutSeconds: number;
    readonly survive: boolean;
  }) => Promise<Ranks | undefined>;
  /**
   * Whether this process is one rank among others. The first rank reports an error in the command line, which
   * all ranks share, so this waits a moment for that report. Absent without ranks.
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
   * Starts this command again with other words, as a process that outlives this one; what it prints is added
   * to a file. Absent if that is impossible.
   *
   * @throws Error that names the file, when it cannot be written.
   */
  readonly startCommand?: (words: readonly string[], outputFile: string) => Promise<StartedCommand>;
  /** Shows an address in the user's browser; absent if there may be no browser. */
  readonly openPage?: (url: string) => Promise<void>;
  /**
   * Calls `listener` at the first Ctrl-C or SIGTERM instead of ending the process; one that comes
   * after that ends it at once. A signal is noticed when JavaScript has a moment: between steps.
   *
   * @returns a function that takes the listener away.
   */
  onInterrupt(listener: () => void): () => void;
}

/** A process of this command that outlives the one that started it. */
export interface StartedCommand {
  readonly pid: number;
  /** Resolves to the exit status when it has ended; to `null` if a signal ended it. */
  readonly ended: Promise<number | null>;
}
