import { eventQueue } from './model-batch.js';

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const event of events) read.push(event);
  return read;
}

describe('eventQueue', () => {
  it('delivers events from before and after the reader starts', async () => {
    const events = eventQueue<number>();
    events.push(1);
    const read = all(events);
    await Promise.resolve();
    events.push(2);
    setImmediate(() => {
      events.push(3);
      events.end();
      events.fail(new Error('too late'));
    });
    expect(await read).toEqual([1, 2, 3]);
  });

  it('throws an error after the waiting events', async () => {
    const events = eventQueue<number>();
    const read: number[] = [];
    events.push(1);
    events.fail(new Error('broken'));
    await expect(
      (async () => {
        for await (const event of events) read.push(event);
      })(),
    ).rejects.toThrow('broken');
    expect(read).toEqual([1]);
  });
});
