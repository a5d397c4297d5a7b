import { closingSeconds, timeLimited } from './plan-note.js';

describe('closingSeconds', () => {
  it('keeps a second and a fiftieth of the limit, and never more than a fifth', () => {
    expect([0, 0.01, 0.1, 5].map(closingSeconds)).toEqual([0, 0.12, 1.12, 7]);
  });
});

describe('timeLimited', () => {
  it('is aborted with the other signal, or when its time is over', async () => {
    const stop = new AbortController();
    expect(timeLimited(stop.signal, undefined)).toBe(stop.signal);
    const long = timeLimited(stop.signal, 1000);
    const short = timeLimited(stop.signal, 0.001);
    await new Promise((done) => {
      short.addEventListener('abort', done);
    });
    expect([short.aborted, long.aborted]).toEqual([true, false]);
    stop.abort();
    expect(long.aborted).toBe(true);
  });
});
