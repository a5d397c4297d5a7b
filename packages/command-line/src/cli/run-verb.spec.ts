import { InterruptedError } from '../verb/exit-errors.js';
import type { SettingGroup } from '../verb/verb.js';
import { announcedInput } from './run-verb.js';
import { checkNames } from './verb-shape.js';

function terminal(stdin: AsyncIterable<Uint8Array>, isTyped = true) {
  const said: string[] = [];
  const listeners = new Set<() => void>();
  const io = {
    stdin,
    stderr: {
      isTerminal: true,
      hasColour: false,
      write: (text: string | Uint8Array) => Promise.resolve(void said.push(String(text))),
    },
    keys: isTyped ? () => (async function* (): AsyncGenerator<string> {})() : undefined,
    onInterrupt: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return { io, said, listeners };
}

async function* typed(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('one\n'));
  yield await Promise.resolve(Buffer.from('two\n'));
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('announcedInput', () => {
  it('prints once reading begins which input it waits for, and how to end it', async () => {
    const { io, said, listeners } = terminal(typed());
    const input = announcedInput(io, 'prompts');
    expect(said).toEqual([]);
    expect(await read(input)).toBe('one\ntwo\n');
    expect(said.join('')).toMatch(
      /^waiting for prompts on standard input: Ctrl-[DZ].* on a new line ends it, Ctrl-C stops\n$/,
    );
    expect(listeners.size).toBe(0);
  });

  it('stops waiting on Ctrl-C', async () => {
    const never: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    };
    const { io, listeners } = terminal(never);
    const reading = read(announcedInput(io, 'data'));
    await new Promise(setImmediate);
    for (const listener of listeners) listener();
    await expect(reading).rejects.toThrow(new InterruptedError('stopped'));
    expect(listeners.size).toBe(0);
  });

  it('is silent if nobody types', async () => {
    const { io, said } = terminal(typed(), false);
    expect(await read(announcedInput(io, 'prompts'))).toBe('one\ntwo\n');
    expect(said).toEqual([]);
  });
});

const flag = { kind: 'integer', default: 1, description: 'A number.' } as const;
const check = (settings: SettingGroup['settings']): void => {
  const training = { title: 'Training', settings: { maxSteps: flag } };
  const groups = [training, { title: 'Dna', settings }];
  checkNames({
    command: 'ramble ./dna.js train',
    flags: { out: flag },
    groups,
  });
};

describe('checkNames', () => {
  it('accepts settings with new names', () => {
    expect(() => check({ gap: flag })).not.toThrow();
  });

  it.each([
    ['out', '--out'],
    ['json', '--json'],
    ['maxSteps', '--max-steps'],
  ])('refuses %s, which is a flag of the verb', (name, typed) => {
    expect(() => check({ [name]: flag })).toThrow(
      `ramble ./dna.js train: expected settings of Dna whose names are not flags already, got ${name} (${typed})`,
    );
  });
});
