import { createInterface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';

import { InterruptedError } from '../verb/exit-errors.js';
import type { TypedLines } from '../verb/io.js';

/**
 * Lines as somebody types them at a terminal, with the keys that edit a line and the lines before it under
 * the arrow keys. Between two lines the terminal is as it was, so that Ctrl-C is a signal again. At the
 * prompt Ctrl-C takes away what is typed; on an empty line the second one ends, since the first may have
 * been meant for an answer that was just done.
 */
export function typedLines(input: ReadStream, output: WriteStream): TypedLines {
  let history: string[] = [];
  return {
    read: (prompt) =>
      new Promise((resolve, reject) => {
        const reader = createInterface({ input, output, prompt, history, terminal: true });
        let line: string | undefined;
        let [isWarned, isInterrupted] = [false, false];
        reader.on('history', (lines) => (history = lines));
        reader.on('line', (typed) => {
          line = typed;
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
          if (line === undefined) output.write('\n');
          if (isInterrupted) reject(new InterruptedError('stopped'));
          else resolve(line);
        });
        reader.prompt();
      }),
  };
}
