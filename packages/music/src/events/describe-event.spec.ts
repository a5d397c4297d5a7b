import { describeEvent, END, EVENTS } from './events.js';

describe('describeEvent', () => {
  it.each([
    [60, 'note on C4'],
    [21, 'note on A0'],
    [0, 'note on C-1'],
    [128 + 108, 'note off C8'],
    [128 + 61, 'note off C#4'],
    [256, '+10 ms'],
    [267, '+120 ms'],
    [355, '+1000 ms'],
    [356, 'velocity 1'],
    [374, 'velocity 73'],
    [END, 'end of piece'],
    [END + 1, 'no event 389'],
  ])('describes %i as %s', (id, words) => {
    expect(describeEvent(id)).toBe(words);
  });

  it('describes each event differently', () => {
    const words = Array.from({ length: EVENTS + 1 }, (_, id) => describeEvent(id));
    expect(new Set(words).size).toBe(EVENTS + 1);
  });
});
