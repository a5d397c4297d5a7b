import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';

import { hasDisplay, readKeys } from './process-io.js';

describe('hasDisplay', () => {
  it.each([
    ['linux', {}, false],
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['linux', { WSL_DISTRO_NAME: 'Debian' }, true],
    ['linux', { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '10.0.0.1 22 10.0.0.2 22' }, false],
    ['darwin', {}, true],
    ['darwin', { SSH_CONNECTION: '10.0.0.1 22 10.0.0.2 22' }, false],
    ['win32', {}, true],
  ] as const)('finds whether %s with %j has a display', (platform, environment, expected) => {
    expect(hasDisplay(environment, platform)).toBe(expected);
  });
});

/** A terminal at which someone types the given texts, one after the other. */
function terminalWith(typed: readonly string[]): { terminal: ReadStream; raw: boolean[] } {
  const raw: boolean[] = [];
  const stream = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => raw.push(on) });
  for (const each of typed) stream.write(each);
  return { terminal: stream as unknown as ReadStream, raw }; // all of it that is used
}

describe('readKeys', () => {
  it('names keys, control and arrows among them', async () => {
    const typed = ['a', 'Q', '\x1b[A', '\x1b[B', '\r', '\x7f', '\x03', '\x04', '7', 'ï'];
    const { terminal } = terminalWith([...typed, 'q']);
    const names: string[] = [];
    for await (const key of readKeys(terminal)) {
      names.push(key);
      if (key === 'q' && names.length > 2) break;
    }
    const expected = ['a', 'q', 'up', 'down', 'return', 'backspace', 'ctrl+c', 'ctrl+d', '7', 'ï'];
    expect(names).toEqual([...expected, 'q']);
  });

  it('leaves the terminal as it was, whatever ends the loop', async () => {
    const { terminal, raw } = terminalWith(['a']);
    const loop = async (): Promise<void> => {
      for await (const key of readKeys(terminal)) throw new Error(key);
    };
    await expect(loop()).rejects.toThrow('a');
    expect(raw).toEqual([true, false]);
    expect(terminal.isPaused()).toBe(true);
  });

  it('ends when the terminal goes away', async () => {
    const { terminal } = terminalWith(['a']);
    terminal.push(null);
    const names: string[] = [];
    for await (const key of readKeys(terminal)) names.push(key);
    expect(names).toEqual(['a']);
  });
});
