import { countedCalls } from './explore-program.js';
import { modelShelf } from './model-shelf.js';

const { signal } = new AbortController();
const question = { model: 'a' };

interface Entry {
  readonly id: string;
  isClosed: boolean;
  close(): void;
}

/** A shelf that has closed its only model for another one, and calls about that model. */
function closingShelf(): { evict: () => void; a: Entry; calls: ReturnType<typeof countedCalls> } {
  const entry = (id: string): Entry => {
    const made: Entry = { id, isClosed: false, close: () => (made.isClosed = true) };
    return made;
  };
  const a = entry('a');
  const shelf = modelShelf<Entry>([], 1);
  shelf.put(a);
  const calls = countedCalls(
    {
      whole: {
        later: () => new Promise((resolve) => setImmediate(() => resolve(a.isClosed))),
        fail: () => Promise.reject(new Error('x: expected y, got z')),
      },
      streamed: {
        three: async function* () {
          for (let i = 0; i < 3; i++) yield await Promise.resolve(a.isClosed);
        },
      },
    },
    shelf,
  );
  return { a, calls, evict: () => shelf.put(entry('b')) };
}

describe('countedCalls', () => {
  it('keeps a model open until a call about it is answered, or has failed', async () => {
    const { a, calls, evict } = closingShelf();
    const answer = calls.whole.later(question, signal);
    const failure = calls.whole.fail(question, signal);
    evict();
    await expect(failure).rejects.toThrow('x: expected y, got z');
    expect(await answer).toBe(false);
    expect(a.isClosed).toBe(true);
  });

  it.each([
    ['has ended', 3],
    ['is left', 2],
  ])('keeps it open until a stream about it %s', async (_, read) => {
    const { a, calls, evict } = closingShelf();
    const seen: unknown[] = [];
    for await (const event of calls.streamed.three(question, signal)) {
      evict();
      seen.push(event);
      if (seen.length === 2 && read === 2) break;
    }
    expect(seen).toEqual(Array(read).fill(false));
    expect(a.isClosed).toBe(true);
  });
});
