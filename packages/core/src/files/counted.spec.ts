import { counted } from './bytes.js';

describe('counted', () => {
  it.each([
    [0, '0 steps'],
    [1, '1 step'],
    [2000, '2,000 steps'],
  ])('uses the singular only for 1: %d', (count, text) => {
    expect(counted(count, 'step')).toBe(text);
  });
});
