import { InterruptedError } from '../verb/exit-errors.js';
import type { Io } from '../verb/io.js';

/** The key that ends what is typed. */
const END_KEY = process.platform === 'win32' ? 'Ctrl-Z and Enter' : 'Ctrl-D';

/**
 * Standard input that says, where somebody types it, what the command waits for and how to end it, before
 * it waits. Ctrl-C there stops at once, whatever the command does with it elsewhere.
 *
 * @param waitsFor - Name of the input: `prompts`.
 * @throws InterruptedError on Ctrl-C.
 */
export function announcedInput(
  io: Pick<Io, 'stdin' | 'stderr' | 'keys' | 'onInterrupt'>,
  waitsFor = 'input',
): AsyncIterable<Uint8Array> {
  if (!io.keys) return io.stdin; // nobody types
  return {
    [Symbol.asyncIterator]: async function* () {
      await io.stderr.write(
        `waiting for ${waitsFor} on standard input: ${END_KEY} on a new line ends it, Ctrl-C stops\n`,
      );
      const reader = io.stdin[Symbol.asyncIterator]();
      let stop: (() => void) | undefined;
      const stopped = new Promise<undefined>((resolve) => {
        stop = () => resolve(undefined);
      });
      const forget = io.onInterrupt(() => stop?.());
      try {
        for (;;) {
          const next = await Promise.race([reader.next(), stopped]);
          if (!next) throw new InterruptedError('stopped');
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        forget();
      }
    },
  };
}
