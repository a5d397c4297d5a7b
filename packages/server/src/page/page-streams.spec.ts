import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';

import { ask, type ServedPage, servePage } from '../../test/serve-page.js';
import type { StreamedCall } from './page.js';

/** Numbers of events that were made and of streams that ended, by the question. */
const made = new Map<unknown, number>();
const ended: unknown[] = [];

/** A model that computes without a pause, and yields the requested number of events or events without end. */
const count: StreamedCall = async function* (question, signal) {
  const { name, most = Infinity } = question as { name: string; most?: number };
  try {
    for (let i = 0; i < most; i++) {
      await Promise.resolve();
      made.set(name, i + 1);
      yield { kind: 'token', i, text: '\u2028\n'.repeat(50) };
    }
  } finally {
    ended.push([name, signal.aborted]);
  }
};

let waiting = 0;
/** Waits for a turn that never comes, and ends without an event when its client leaves. */
const wait: StreamedCall = async function* (_, signal) {
  waiting++;
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  waiting--;
  yield* [];
};

/** Makes a call that fails after some events. */
const failing = (events: number, error: Error): StreamedCall =>
  async function* () {
    for (let i = 0; i < events; i++) {
      await Promise.resolve();
      yield { i };
    }
    throw error;
  };

let page: ServedPage;
beforeAll(async () => {
  page = await servePage({
    streamed: {
      count,
      wait,
      refuse: failing(0, new RangeError('topK: expected 0 or more, got -1')),
      fail: failing(2, new Error('runs/book: expected a run, got nothing at that path')),
      break: failing(1, new TypeError('no function, of a password')),
    },
  });
});
afterAll(() => page.close());

const lines = async (response: Response): Promise<unknown[]> =>
  (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

/** Waits, turn by turn, until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate();
}

describe('a streamed call', () => {
  it('is a line of JSON for each event', async () => {
    const response = await ask(page, 'count', { name: 'three', most: 3 });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect(await lines(response)).toMatchObject([{ i: 0 }, { i: 1 }, { i: 2 }]);
    const none = await ask(page, 'count', { name: 'none', most: 0 });
    expect([none.status, await none.text()]).toEqual([200, '']);
  });

  it('has a status if it fails before the first event, and a last line if it fails later', async () => {
    const refused = await ask(page, 'refuse');
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { message: 'topK: expected 0 or more, got -1' } },
    ]);
    expect(await lines(await ask(page, 'fail'))).toEqual([
      { i: 0 },
      { i: 1 },
      { kind: 'error', message: 'runs/book: expected a run, got nothing at that path' },
    ]);
    expect(page.log).toEqual([]);
    expect((await lines(await ask(page, 'break'))).at(-1)).toEqual({
      kind: 'error',
      message: 'server: expected no failure, got an internal error; see the log of the server',
    });
    expect(page.log.at(-1)).toContain('call: TypeError: no function, of a password');
  });

  it('ends when its client leaves, while others continue', async () => {
    const leave = new AbortController();
    const endless = await ask(page, 'count', { name: 'endless' }, { signal: leave.signal });
    await endless.body!.getReader().read();
    const other = ask(page, 'count', { name: 'other', most: 100 });
    expect(await lines(await other)).toHaveLength(100);
    leave.abort();
    await until(() => ended.some((end) => (end as string[])[0] === 'endless'));
    expect(ended).toContainEqual(['endless', true]);
  });

  it('writes no log when its client leaves before the first event', async () => {
    const leave = new AbortController();
    const silent = ask(page, 'wait', {}, { signal: leave.signal });
    await until(() => waiting > 0);
    leave.abort();
    await expect(silent).rejects.toThrow('aborted');
    await until(() => waiting === 0);
    for (let turn = 0; turn < 100; turn++) await setImmediate();
    expect(page.log.filter((line) => line.includes('wait'))).toEqual([]);
  });

  it('makes no more than its client reads', async () => {
    const body = '{"name":"unread"}';
    const socket = connect(Number(new URL(page.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.pause();
    socket.write(
      `POST /explore/calls/count HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${page.token}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await until(() => made.has('unread'));
    let before = -1;
    while (made.get('unread') !== before) {
      before = made.get('unread') ?? 0;
      for (let turn = 0; turn < 2000; turn++) await setImmediate();
    }
    expect(before * 500).toBeLessThan(2 ** 25); // the size of socket buffers, and no more
    socket.destroy();
    await until(() => ended.some((end) => (end as string[])[0] === 'unread'));
  });

  it('runs together with nineteen others while ten of the twenty disconnect', async () => {
    const tabs = Array.from({ length: 20 }, async (_, tab) => {
      const leave = new AbortController();
      const isLeaving = tab % 2 === 1;
      const question = { name: `tab ${tab}`, ...(!isLeaving && { most: 50 }) };
      const response = await ask(page, 'count', question, { signal: leave.signal });
      if (!isLeaving) return (await lines(response)).length;
      await response.body!.getReader().read();
      leave.abort();
      return 0;
    });
    expect(await Promise.all(tabs)).toEqual(
      Array.from({ length: 20 }, (_, tab) => (tab % 2 === 1 ? 0 : 50)),
    );
    await until(() => ended.filter((end) => /^tab/.test((end as string[])[0])).length === 20);
  });

  it('is cut off when the server closes', async () => {
    const closing = await servePage({ streamed: { count } });
    const response = await ask(closing, 'count', { name: 'cut' });
    await response.body!.getReader().read();
    await closing.close();
    await until(() => ended.some((end) => (end as string[])[0] === 'cut'));
  });
});
