import { peek } from './byte-streams.js';

/** A source that records whether it is closed. */
function source(): {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly isClosed: () => boolean;
} {
  let isClosed = false;
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (const text of ['call', ' me', ' ishmael'])
        yield await Promise.resolve(Buffer.from(text));
    } finally {
      isClosed = true;
    }
  };
  return { chunks: chunks(), isClosed: () => isClosed };
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

describe('peek', () => {
  it.each([
    [1, 'c'],
    [6, 'call m'],
    [99, 'call me ishmael'],
  ])('shows the first %i bytes and gives all', async (count, expected) => {
    const { head, chunks } = await peek(source().chunks, count);
    expect(Buffer.from(head).toString()).toBe(expected);
    expect(await textOf(chunks)).toBe('call me ishmael');
  });

  it('closes a source that was never read', async () => {
    const { chunks, isClosed } = source();
    const { close } = await peek(chunks, 5);
    expect(isClosed()).toBe(false);
    await close();
    expect(isClosed()).toBe(true);
  });

  it('closes a source that was read in part', async () => {
    const { chunks, isClosed } = source();
    const peeked = await peek(chunks, 1);
    for await (const chunk of peeked.chunks) {
      expect(chunk).toHaveLength(4);
      break;
    }
    await peeked.close();
    expect(isClosed()).toBe(true);
  });
});
