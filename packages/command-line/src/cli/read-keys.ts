import { on } from 'node:events';
import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream } from 'node:tty';

/**
 * Keys of a terminal as they are pressed, by name; `ctrl+c` is one of them and ends nothing. When the
 * loop over them ends, the terminal is as it was.
 */
export async function* readKeys(terminal: ReadStream): AsyncGenerator<string> {
  emitKeypressEvents(terminal);
  const pressed = on(terminal, 'keypress', { close: ['end'] });
  terminal.setRawMode(true);
  terminal.resume();
  try {
    for await (const event of pressed) {
      const [, key] = event as [string | undefined, Key]; // what `keypress` says
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
