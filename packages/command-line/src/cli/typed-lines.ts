import { createInterface, emitKeypressEvents, type Key } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';

import { InterruptedError } from '../verb/exit-errors.js';
import type { TypedLines } from '../verb/io.js';

/** Escape sequences that turn bracketed paste on and off: a terminal then marks the ends of pasted text. */
const MARKS = { on: '\x1b[?2004h', off: '\x1b[?2004l' } as const;
/** Shown in place of a line end of a pasted text while the line is edited. */
const LINE_END = '⏎';

/** Listener that keeps a signal from ending the process. */
const ignore = (): void => undefined;

/** Arguments of a `keypress` event. */
type Press = readonly [text: string | undefined, key: Key];

/**
 * Reads lines from a terminal, with keys to edit a line and arrow keys for earlier lines. Between two lines the
 * terminal is restored and Ctrl-C is a signal again. Without a listener for it, Ctrl-C is ignored between lines, since
 * it may have been meant for an answer that has just ended. At the prompt, Ctrl-C clears the line; on an empty line the
 * second Ctrl-C ends the input, for the same reason.
 *
 * A pasted text is part of the line, with ⏎ for line ends. Terminals that do not mark pasted text send it as keys; each
 * of its lines is then a separate line.
 *
 * @see https://invisible-island.net/xterm/xterm-paste64.html (bracketed paste)
 */
export function typedLines(input: ReadStream, output: WriteStream): TypedLines {
  const marks = process.env.TERM === 'dumb' ? undefined : MARKS;
  let history: string[] = [];
  let takePresses: ReturnType<typeof pressesOf> | undefined;
  return {
    read: (prompt) =>
      new Promise((resolve, reject) => {
        if (!process.listeners('SIGINT').includes(ignore)) process.on('SIGINT', ignore);
        // The line editor gets keys one by one: keys after the end of the line belong to the next line.
        const keys = Object.assign(new PassThrough(), {
          setRawMode: (isRaw: boolean) => input.setRawMode(isRaw),
        });
        const reader = createInterface({ input: keys, output, prompt, history, terminal: true });
        const endKeys = (): void => void keys.end();
        let line: string | undefined;
        let [isWarned, isInterrupted] = [false, false];
        reader.on('history', (lines) => (history = lines));
        reader.on('line', (typed) => {
          line = typed.replaceAll(LINE_END, '\n');
          reader.close();
        });
        reader.on('SIGINT', () => {
          const isEmpty = reader.line === '';
          if (isEmpty && isWarned) {
            isInterrupted = true;
            reader.close();
            return;
          }
          isWarned = isEmpty;
          if (isEmpty) output.write('\nCtrl-C again, or Ctrl-D, ends\n');
          else for (const name of ['e', 'u']) reader.write(null, { ctrl: true, name });
          reader.prompt();
        });
        reader.on('close', () => {
          input.off('end', endKeys).pause();
          takePresses?.(undefined);
          if (marks) output.write(marks.off);
          if (line === undefined) output.write('\n');
          if (isInterrupted) reject(new InterruptedError('stopped'));
          else resolve(line);
        });
        if (marks) output.write(marks.on);
        reader.prompt();
        takePresses ??= pressesOf(input);
        takePresses(
          joinPasted(
            (...press) => keys.emit('keypress', ...press),
            (text) => reader.write(text),
          ),
        );
        if (line !== undefined || isInterrupted) return; // the waiting keys completed the line
        if (input.readableEnded) endKeys();
        else input.once('end', endKeys).resume();
      }),
  };
}

type OnPress = (...press: Press) => void;

/**
 * Reads the keys of a terminal. Without a listener, keys are queued, because a chunk may contain more than one line.
 *
 * @returns a function that sets the listener, which first receives the queued keys.
 */
function pressesOf(input: ReadStream): (listener: OnPress | undefined) => void {
  const waiting: Press[] = [];
  let taker: OnPress | undefined;
  const handOver = (): void => {
    while (taker && waiting.length > 0) taker(...waiting.splice(0, 1)[0]);
  };
  emitKeypressEvents(input);
  input.on('keypress', (...press: Press) => {
    waiting.push(press);
    handOver();
  });
  return (listener) => {
    taker = listener;
    handOver();
  };
}

/** Passes keys on, and the keys of a pasted text as one text without control characters. */
function joinPasted(onPress: OnPress, onPaste: (text: string) => void): OnPress {
  let pasted: string | undefined;
  return (text, key) => {
    if (key.name === 'paste-start') pasted = '';
    else if (pasted === undefined) onPress(text, key);
    else if (key.name !== 'paste-end') pasted += text ?? key.sequence ?? '';
    else {
      const lines = pasted.replace(/[\r\n]+$/, '').split(/\r\n?|[\n\u2028\u2029]/);
      pasted = undefined;
      onPaste(lines.join(LINE_END).replace(/(?!\t)\p{Cc}/gu, ''));
    }
  };
}
