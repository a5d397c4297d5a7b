import { spawn } from 'node:child_process';
import { on } from 'node:events';
import { constants, fstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { emitKeypressEvents, type Key } from 'node:readline';
import { isatty, type ReadStream } from 'node:tty';

import { newSeed } from '@ramble/core/files';
import { fileError } from '@ramble/node';

import { BrokenPipeError, UsageError } from '../verb/exit-errors.js';
import type { Io, MidiPort, Sink, StartedCommand } from '../verb/io.js';
import { typedLines } from './typed-lines.js';
import { oneFileName, programName } from './typed-program.js';

/**
 * Signals that interrupt a command: SIGINT (Ctrl-C), SIGTERM (`kill`), SIGHUP (a closed terminal) and SIGUSR2, which
 * Open MPI's mpirun passes on to its ranks.
 */
const SIGNALS: readonly NodeJS.Signals[] = [
  ...(['SIGINT', 'SIGTERM', 'SIGHUP'] as const),
  ...(process.platform === 'win32' ? [] : (['SIGUSR2'] as const)),
];

/** Returns the streams, signals and clock of this process. */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  return {
    program: programName({
      typed: oneFileName(),
      script: process.argv[1],
      environment: process.env,
      folder: process.cwd(),
      platform: process.platform,
    }),
    stdin,
    isPiped: isPiped(),
    stdout: sinkOf(stdout, 'standard output'),
    stderr: sinkOf(stderr, 'standard error'),
    draw: drawer(stderr),
    keys: stdin.isTTY ? () => readKeys(stdin) : undefined,
    typed: stdin.isTTY ? typedLines(stdin, stderr) : undefined,
    clock: performance,
    newSeed,
    importModule: async (path) => (await import('../module/import-own.js')).importOwn(path),
    startCommand,
    openMidiPort,
    openPage: hasDisplay(process.env) ? openPage : undefined,
    onInterrupt: (listener) => {
      // Without a listener the system ends the process at once, even in the middle of a step.
      const once = (): void => {
        stop();
        listener();
      };
      const stop = (): void => {
        for (const signal of SIGNALS) process.off(signal, once);
      };
      for (const signal of SIGNALS) process.on(signal, once);
      return stop;
    },
  };
}

/** Whether standard input is a pipe or a non-empty file; false for a terminal or if it is closed. */
function isPiped(): boolean {
  try {
    // Without `bigint`, Node 20 would take a pipe for a part of every path that it resolves later, and load
    // packages behind symbolic links twice.
    const stats = fstatSync(0, { bigint: true });
    return stats.isFIFO() || (stats.isFile() && stats.size > 0n);
  } catch {
    return false; // it is closed
  }
}

function sinkOf(stream: NodeJS.WriteStream & { readonly fd: number }, name: string): Sink {
  // Without a listener a closed pipe would end the process with a stack trace.
  stream.on('error', () => undefined);
  const isTerminal = isatty(stream.fd);
  return {
    isTerminal,
    hasColour: hasColour(isTerminal, process.env),
    columns: isTerminal && stream.columns > 0 ? stream.columns : undefined,
    write: async (chunk) => {
      const error = await new Promise<Error | null | undefined>((resolve) => {
        stream.write(chunk, resolve);
      });
      if (!error) return;
      if (isBrokenPipe(error)) throw new BrokenPipeError();
      throw fileError(name, error);
    },
  };
}

/**
 * Whether output is coloured. `FORCE_COLOR` colours pipes too, as in Node; without it, `NO_COLOR` turns colours off.
 */
function hasColour(isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: force, NO_COLOR: none, TERM: terminal } = environment;
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  return isTerminal && !none && terminal !== 'dumb';
}

function isBrokenPipe(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException; // every error of a stream may have one
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}

/**
 * Returns a function that draws text on a terminal, in place of the text drawn before; an empty text removes it. It
 * uses log-update, which is loaded at the first drawing.
 */
function drawer(stream: NodeJS.WriteStream): (text: string) => void {
  let last = '';
  let show: ((text: string) => void) | undefined;
  const load = async (): Promise<void> => {
    const { createLogUpdate } = await import('log-update');
    // A pseudo-terminal without a size reports 0, which no drawing would fit.
    if (!stream.columns || !stream.rows) Object.assign(stream, { columns: 80, rows: 24 });
    const update = createLogUpdate(stream, { showCursor: true }); // hiding it would catch signals
    show = (text) => {
      if (text === '') update.clear();
      else update(text);
    };
    show(last);
  };
  return (text) => {
    if (last === '' && text !== '' && !show) void load();
    last = text;
    show?.(text);
  };
}

/** Whether the user at this terminal would see a browser. */
export function hasDisplay(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME, SSH_CONNECTION } = environment;
  if (SSH_CONNECTION) return false; // it would be shown on a machine without a user
  if (platform === 'win32' || platform === 'darwin') return true;
  return [DISPLAY, WAYLAND_DISPLAY, WSL_DISTRO_NAME].some(Boolean);
}

/** Members of the package `@julusian/midi` that a MIDI port needs. */
interface MidiPackage {
  readonly Input: new () => {
    openVirtualPort(name: string): void;
    on(event: 'message', listener: (delta: number, message: readonly number[]) => void): void;
    destroy(): void;
  };
  readonly Output: new () => {
    openVirtualPort(name: string): void;
    sendMessage(message: readonly number[]): void;
    destroy(): void;
  };
}

/** npm package that opens MIDI ports. Its version 3.8.1 contains compiled addons for Linux, macOS and Windows. */
const MIDI_PACKAGE = '@julusian/midi';

/**
 * Opens a virtual MIDI port. It needs the package `@julusian/midi`, which is not a dependency, because it has an
 * install script.
 *
 * @throws UsageError that says how to install the package; Error if the system has no virtual ports.
 */
async function openMidiPort(
  name: string,
  onMessage: (message: readonly number[]) => void,
): Promise<MidiPort> {
  const found = (await import(MIDI_PACKAGE).catch((error: unknown) => {
    throw new UsageError(
      `duet: the package ${MIDI_PACKAGE} is not installed; ` +
        `run npm install --no-save --ignore-scripts ${MIDI_PACKAGE}@3.8.1`,
      { cause: error },
    );
  })) as MidiPackage; // its declarations are not installed
  try {
    const [input, output] = [new found.Input(), new found.Output()];
    input.on('message', (_, message) => onMessage(message));
    for (const port of [input, output]) port.openVirtualPort(name);
    return {
      send: (message) => output.sendMessage([...message]),
      close: () => {
        input.destroy();
        output.destroy();
      },
    };
  } catch (error) {
    throw new Error(
      'duet: the system opens no virtual MIDI port. On Linux, load its sequencer with ' +
        'sudo modprobe snd-seq; Windows has no virtual ports',
      { cause: error },
    );
  }
}

/** Shows an address in the default browser; ignores failures. */
async function openPage(url: string): Promise<void> {
  const { default: open } = await import('open');
  const browser = await open(url).catch(() => undefined);
  browser?.on('error', () => undefined);
}

/**
 * Flags of `open` to append to a file, but not through a symbolic link, which could lead out of the file's folder.
 */
const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | constants.O_NOFOLLOW;

/**
 * Starts this command again with other words, as a process that continues after this one ends or its terminal is
 * closed.
 *
 * @param outputFile - Path of a file to which the output of the new process is appended.
 * @throws Error that names the file if it cannot be written; the system's error if no process starts.
 */
async function startCommand(words: readonly string[], outputFile: string): Promise<StartedCommand> {
  const file = await open(outputFile, APPEND).catch((error: unknown) => {
    throw fileError(outputFile, error);
  });
  try {
    const [program, script] = process.argv;
    const child = spawn(program, [...process.execArgv, script, ...words], {
      detached: true,
      stdio: ['ignore', file.fd, file.fd],
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('spawn', () => resolve(child.pid ?? 0));
      child.once('error', reject);
    });
    child.unref();
    return { pid, ended };
  } finally {
    await file.close();
  }
}

/**
 * Yields the names of keys as they are pressed; `ctrl+c` is one of them and sends no signal. The end of the loop
 * restores the terminal.
 */
export async function* readKeys(terminal: ReadStream): AsyncGenerator<string> {
  emitKeypressEvents(terminal);
  const pressed = on(terminal, 'keypress', { close: ['end'] });
  terminal.setRawMode(true);
  terminal.resume();
  try {
    for await (const event of pressed) {
      const [, key] = event as [string | undefined, Key]; // arguments of `keypress`
      yield nameOf(key);
    }
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
  }
}

function nameOf({ name, sequence = '', ctrl = false }: Key): string {
  return `${ctrl ? 'ctrl+' : ''}${name ?? sequence}`;
}
