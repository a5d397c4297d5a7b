import { nearestName } from './nearest-name.js';

const known = ['nLayer', 'nHead', 'nEmbd', 'contextLength', 'batchSize'];

describe('nearestName', () => {
  it.each([
    ['nhead', 'nHead'],
    ['n-head', 'nHead'],
    ['nLayers', 'nLayer'],
    ['contextlenght', 'contextLength'],
    ['batch_size', 'batchSize'],
    ['bachSize', 'batchSize'],
    ['nHaed', 'nHead'],
  ])('takes %s for %s', (name, meant) => {
    expect(nearestName(name, known)).toBe(meant);
  });

  it('finds none where nothing is near', () => {
    expect(nearestName('temperature', known)).toBeUndefined();
    expect(nearestName('nHead', [])).toBeUndefined();
  });

  it.each([
    ['blockSize', 'batchSize'],
    ['--eval-steps', '--max-steps'],
    ['--num-heads', '--num-beams'],
  ])('does not take another word for a slip: %s for %s', (name, other) => {
    expect(nearestName(name, [other])).toBeUndefined();
  });
});
