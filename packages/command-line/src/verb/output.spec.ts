import fc from 'fast-check';

import { BrokenPipeError } from './exit-errors.js';
import type { Io, Sink } from './io.js';
import { createOutput, type Output, terminalText } from './output.js';

/** Returns an output and the list of its effects on a terminal or a pipe, in order. */
function watch(
  { isTerminal = true, hasColour = false, isRead = true, now = (): number => 0 },
  settings: { readonly json?: boolean; readonly quiet?: boolean } = {},
): { output: Output; events: string[] } {
  const events: string[] = [];
  const sink = (name: string): Sink => ({
    isTerminal,
    hasColour,
    write: (chunk) => {
      if (!isRead) return Promise.reject(new BrokenPipeError());
      return Promise.resolve(void events.push(`${name} ${String(chunk)}`));
    },
  });
  const io: Io = {
    stdin: {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no input')) }),
    },
    stdout: sink('out'),
    stderr: sink('err'),
    draw: (text) => events.push(`draw ${text}`),
    clock: { now },
    newSeed: () => 0,
    importModule: (path) => import(path),
    onInterrupt: () => () => undefined,
  };
  return { output: createOutput(io, { json: false, quiet: false, ...settings }), events };
}

describe('an output', () => {
  it('writes results on standard output and all else on standard error', async () => {
    const { output, events } = watch({ isTerminal: false });
    await output.print('result');
    await output.printJson({ a: 1 });
    await output.write('part');
    await output.note('note');
    await output.warn('warning');
    expect(events).toEqual([
      'out result\n',
      'out {"a":1}\n',
      'out part',
      'err note\n',
      'err warning: warning\n',
    ]);
  });

  it('escapes control characters on a terminal, and passes them on in a pipe', async () => {
    const say = async (isTerminal: boolean): Promise<string[]> => {
      const { output, events } = watch({ isTerminal });
      await output.write('\x1b[2Ja\u202eb');
      await output.write('c\x9b', (text) => `<${text}>`);
      await output.write(Uint8Array.of(27));
      await output.note('\x1b[2Ja\u202eb');
      await output.warn('\x1b[2Ja\u202eb');
      output.progress('\x1b[2Ja\u202eb');
      return events;
    };
    const notes = ['err \\u001b[2Ja\\u202eb\n', 'err warning: \\u001b[2Ja\\u202eb\n'];
    expect(await say(true)).toEqual([
      ...['out \\u001b[2Ja\u202eb', 'out <c\\u009b>', 'out 27', ...notes],
      'draw \\u001b[2Ja\\u202eb',
    ]);
    expect(await say(false)).toEqual([
      ...['out \x1b[2Ja\u202eb', 'out <c\x9b>', 'out 27', ...notes],
    ]);
  });

  it('keeps progress below notes, and draws the same text only once', async () => {
    const { output, events } = watch({});
    output.progress('50 %');
    output.progress('50 %');
    await output.note('half');
    output.progress('');
    await output.note('done');
    expect(events).toEqual([
      'draw 50 %',
      'draw ',
      'err half\n',
      'draw 50 %',
      'draw ',
      'err done\n',
    ]);
  });

  it('ignores unread notes and warnings, but throws if nobody reads results', async () => {
    const { output } = watch({ isTerminal: false, isRead: false });
    await expect(output.note('note')).resolves.toBeUndefined();
    await expect(output.warn('warning')).resolves.toBeUndefined();
    await expect(output.print('result')).rejects.toThrow(BrokenPipeError);
  });

  it('does not draw in a pipe', () => {
    const { output, events } = watch({ isTerminal: false });
    output.progress('50 %');
    expect([output.showsProgress, events]).toEqual([false, []]);
  });

  it('prints progress to a pipe after half a minute of silence', async () => {
    let seconds = 100;
    const { output, events } = watch({ isTerminal: false, now: () => 1000 * seconds });
    for (seconds = 120; seconds <= 200; seconds += 10) output.progress(`${seconds} s`);
    output.progress('');
    await output.note('done');
    seconds += 20;
    output.progress('too early');
    expect(events).toEqual(['err 130 s\n', 'err 160 s\n', 'err 190 s\n', 'err done\n']);
  });

  it('prints results, and warnings that change them, when it is quiet', async () => {
    let ms = 0;
    const { output, events } = watch({ isTerminal: false, now: () => ms }, { quiet: true });
    ms = 60_000;
    output.progress('50 %');
    await output.note('note');
    await output.warn('warning');
    await output.print('result');
    expect([output.showsProgress, events]).toEqual([false, ['out result\n']]);
    await output.warn('another checkpoint', true);
    expect(events.at(-1)).toBe('err warning: another checkpoint\n');
  });

  it('colours warnings if the stream has colour', async () => {
    const { output, events } = watch({ hasColour: true });
    await output.warn('careful');
    expect(events).toEqual(['err \u001b[33mwarning:\u001b[39m careful\n']);
  });
});

describe('terminalText', () => {
  it('escapes characters that control a terminal', () => {
    expect(terminalText('\x1b]0;mine\x07 \x9b2J \x7f \b')).toBe(
      '\\u001b]0;mine\\u0007 \\u009b2J \\u007f \\u0008',
    );
  });

  it('keeps text of any script, tabs and line ends', () => {
    const text = 'naïve\tشب\u200cبخیر 👩\u200d🚀\r\n';
    expect(terminalText(text)).toBe(text);
  });

  it('leaves no control character in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(terminalText(text).replace(/[\t\r\n]/g, '')).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
