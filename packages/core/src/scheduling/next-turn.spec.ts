import { nextTurn } from './generation.js';

describe('nextTurn', () => {
  const { setImmediate: own } = globalThis;
  afterEach(() => {
    globalThis.setImmediate = own;
  });

  it.each(['node', 'page'])('lets timers have their turn: %s', async (place) => {
    if (place === 'page') globalThis.setImmediate = undefined as unknown as typeof own; // as there
    let [runs, turns] = [0, 0];
    setTimeout(() => runs++, 1);
    for (; runs === 0; turns++) await nextTurn();
    expect(turns).toBeGreaterThan(0);
  });
});
