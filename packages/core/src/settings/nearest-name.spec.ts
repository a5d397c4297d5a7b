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
  ])('corrects %s to %s', (name, meant) => {
    expect(nearestName(name, known)).toBe(meant);
  });

  it.each([
    ['--minutes', '--max-minutes'],
    ['--new-tokens', '--max-new-tokens'],
    ['size', 'batchSize'],
    ['max', '--max-new-tokens'],
    ['SmolLM2', 'smollm2-135m'],
  ])('completes %s, whole words of a name, to the first such name %s', (name, meant) => {
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
    'returns undefined for %j, which is not whole words of a name',
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
  ])('does not correct another word: %s to %s', (name, other) => {
    expect(nearestName(name, [other])).toBeUndefined();
  });
});
