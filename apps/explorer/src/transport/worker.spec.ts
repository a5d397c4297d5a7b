import { EventEmitter } from 'node:events';

import { type FromWorker, type ToWorker, workerTransport } from './worker.js';

const WRITE = { model: 'book', prompt: { tokens: [1] }, sampling: {}, count: 1, alternatives: 0 };

/** A worker that a test speaks for. */
function fakeWorker() {
  const emitter = new EventEmitter();
  const asked: ToWorker[] = [];
  const transport = workerTransport({
    postMessage: (message: ToWorker) => void asked.push(message),
    addEventListener: (name: string, listen: (event: Event) => void) =>
      void emitter.on(name, listen),
  });
  return {
    transport,
    asked,
    tell: (data: FromWorker) => emitter.emit('message', { data }),
    fail: (message: string) => emitter.emit('error', { message }),
  };
}

describe('workerTransport', () => {
  it('assigns answers to their questions', async () => {
    const { transport, asked, tell } = fakeWorker();
    const both = [transport.call('models', {}), transport.call('models', {})];
    expect(asked).toEqual([
      { kind: 'question', id: 0, name: 'models', question: {} },
      { kind: 'question', id: 1, name: 'models', question: {} },
    ]);
    tell({ kind: 'answer', id: 1, answer: ['second'] });
    tell({ kind: 'answer', id: 0, answer: ['first'] });
    expect(await Promise.all(both)).toEqual([['first'], ['second']]);
  });

  it("throws the worker's error with the equivalent HTTP status", async () => {
    const { transport, tell } = fakeWorker();
    const runs = transport.call('runs', {});
    tell({ kind: 'error', id: 0, message: 'call: expected one, got runs', status: 404 });
    await expect(runs).rejects.toMatchObject({
      message: 'call: expected one, got runs',
      status: 404,
    });
  });

  it('gives events in their order, however fast they come', async () => {
    const { transport, tell } = fakeWorker();
    const found: unknown[] = [];
    const done = (async () => {
      const events = transport.stream('write', WRITE, new AbortController().signal);
      for await (const event of events) found.push(event);
    })();
    const event = (kept: number) => ({ kind: 'slide', output: 0, kept });
    tell({ kind: 'event', id: 0, event: event(1) });
    tell({ kind: 'event', id: 0, event: event(2) });
    await new Promise(setImmediate);
    tell({ kind: 'event', id: 0, event: event(3) });
    tell({ kind: 'end', id: 0 });
    await done;
    expect(found).toEqual([event(1), event(2), event(3)]);
  });

  it('aborts an abandoned stream in the worker', async () => {
    const { transport, asked, tell } = fakeWorker();
    const abort = new AbortController();
    const events = transport.stream('write', WRITE, abort.signal)[Symbol.asyncIterator]();
    const first = events.next();
    tell({ kind: 'event', id: 0, event: { kind: 'slide', output: 0, kept: 1 } });
    await first;
    abort.abort();
    await expect(events.next()).rejects.toMatchObject({ name: 'AbortError' });
    expect(asked.at(-1)).toEqual({ kind: 'abort', id: 0 });
  });

  it('reports that the models did not start', async () => {
    const { transport, fail } = fakeWorker();
    const models = transport.call('models', {});
    fail('no WebAssembly');
    await expect(models).rejects.toThrow('The models of this page did not start: no WebAssembly');
  });
});
