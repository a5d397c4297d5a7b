import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';

import { typedLines } from './typed-lines.js';

interface Terminal {
  readonly read: () => Promise<string | undefined>;
  readonly type: (keys: string) => void;
  readonly end: () => void;
  readonly shown: () => string;
  /** Modes of the terminal in order: whether it reads single keys. */
  readonly modes: readonly boolean[];
}

function terminal(): Terminal {
  const modes: boolean[] = [];
  const setRawMode = (isRaw: boolean): unknown => modes.push(isRaw);
  const input = Object.assign(new PassThrough(), { setRawMode });
  const output = Object.assign(new PassThrough(), { columns: 80, rows: 24 });
  let shown = '';
  output.setEncoding('utf8').on('data', (text: string) => (shown += text));
  const lines = typedLines(
    input as unknown as ReadStream, // as much of one as is used
    output as unknown as WriteStream,
  );
  return {
    read: () => lines.read('> '),
    type: (keys) => input.write(keys),
    end: () => input.end(),
    shown: () => shown,
    modes,
  };
}

const pasted = (text: string): string => `\x1b[200~${text}\x1b[201~`;

describe('lines that somebody types', () => {
  it('are read one by one, and each line of a text that arrives at once is kept', async () => {
    const { read, type } = terminal();
    type('one\rtwo\rthr');
    const first = await read();
    const second = await read();
    const third = read();
    type('ee\r');
    expect([first, second, await third]).toEqual(['one', 'two', 'three']);
  });

  it('include lines that were typed before they are read', async () => {
    const { read, type } = terminal();
    const first = read();
    type('one\r');
    expect(await first).toBe('one');
    type('two\n');
    await new Promise(setImmediate);
    expect(await read()).toBe('two');
  });

  it('leave the terminal as it was between two lines, without marks of pasted text', async () => {
    const { read, type, shown, modes } = terminal();
    const first = read();
    type('one\r');
    await first;
    expect(modes).toEqual([true, false]);
    expect(shown().startsWith('\x1b[?2004h')).toBe(true);
    expect(shown().endsWith('\x1b[?2004l')).toBe(true);
  });

  it('listen for Ctrl-C between two lines, too, without ending the process', async () => {
    const { read, type } = terminal();
    process.removeAllListeners('SIGINT');
    for (const line of ['one', 'two']) {
      const typed = read();
      type(`${line}\r`);
      expect(await typed).toBe(line);
      expect(process.listenerCount('SIGINT')).toBe(1);
    }
  });

  it('end with the input', async () => {
    const { read, type, end } = terminal();
    const first = read();
    type('one\r');
    expect(await first).toBe('one');
    const second = read();
    end();
    expect([await second, await read()]).toEqual([undefined, undefined]);
  });
});

describe('a pasted text', () => {
  it.each([
    ['one\rtwo\r\rthree', 'one\ntwo\n\nthree'],
    ['one\r\ntwo\nthree\u2028four', 'one\ntwo\nthree\nfour'],
    ['one\r', 'one'],
    ['\tif x:\r\t\treturn 🐋', '\tif x:\n\t\treturn 🐋'],
    ['red\x1b[31m\x07\x7f', 'red[31m'],
    ['', ''],
  ])('is one line with the line ends of the text: %j', async (text, line) => {
    const { read, type } = terminal();
    const first = read();
    type(`${pasted(text)}\r`);
    expect(await first).toBe(line);
  });

  it('can be edited, with ⏎ for a line end', async () => {
    const { read, type, shown } = terminal();
    const first = read();
    type(`see: ${pasted('one\rtwo')}`);
    type('\x7f\x7f\x7f\x7fx\r');
    expect(await first).toBe('see: onex');
    expect(shown()).toContain('one⏎two');
    const second = read();
    type(`${pasted('a\rb')}\r`);
    await second;
    const again = read();
    type('\x1b[A\r');
    expect(await again).toBe('a\nb');
  });

  it('may arrive in parts, its marks too', async () => {
    const { read, type } = terminal();
    const first = read();
    for (const part of ['\x1b[20', '0~one', '\rt', 'wo\x1b', '[201~', '\r']) {
      type(part);
      await new Promise(setImmediate);
    }
    expect(await first).toBe('one\ntwo');
  });

  it('may have 200,000 characters', async () => {
    const { read, type } = terminal();
    const text = 'all work and no play\r'.repeat(10_000);
    const first = read();
    type(`${pasted(text)}\r`);
    expect((await first)?.length).toBe(text.length - 1);
  });
});
