import { nextTurn } from './generation.js';

describe('nextTurn', () => {
  const { setImmediate: own } = globalThis;
  afterEach(() => {
    globalThis.setImmediate = own;
  });

  it.each(['node', 'page'])('runs timers first: %s', async (place) => {
    if (place === 'page') globalThis.setImmediate = undefined as unknown as typeof own; // as in a page
    let [runs, turns] = [0, 0];
    setTimeout(() => runs++, 1);
    for (; runs === 0; turns++) await nextTurn();
    expect(turns).toBeGreaterThan(0);
  });
});
