import { nearestName } from './check-settings.js';

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

  it.each([
    ['--minutes', '--max-minutes'],
    ['--new-tokens', '--max-new-tokens'],
    ['size', 'batchSize'],
    ['max', '--max-new-tokens'],
    ['SmolLM2', 'smollm2-135m'],
  ])('takes %s, whole words of a name, for the first such name %s', (name, meant) => {
    const names = [
      '--max-new-tokens',
      '--max-minutes',
      '--min-new-tokens',
      'batchSize',
      'smollm2-135m',
    ];
    expect(nearestName(name, names)).toBe(meant);
  });

  it.each(['minute-max', 'tok', 'n', ''])(
    'takes %j, no whole words of a name, for none',
    (name) => {
      expect(nearestName(name, ['--max-new-tokens', 'nLayer'])).toBeUndefined();
    },
  );

  it('finds no name if none is near', () => {
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
