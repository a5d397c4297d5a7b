import { samplingConfig } from './sampling-config.js';

describe('samplingConfig', () => {
  it('draws from the whole distribution unless told otherwise', () => {
    expect(samplingConfig()).toEqual({
      method: 'random',
      temperature: 1,
      topK: 0,
      topP: 1,
      maxNewTokens: 200,
      slideShare: 0.25,
      seed: 0,
    });
  });

  it('refuses a temperature of zero, a share of everything and no tokens at all', () => {
    expect(() => samplingConfig({ temperature: 0 })).toThrow(
      new RangeError('temperature: expected a number above 0, got 0'),
    );
    expect(() => samplingConfig({ slideShare: 1 })).toThrow(
      new RangeError('slideShare: expected a number above 0 and below 1, got 1'),
    );
    expect(() => samplingConfig({ topP: 1.5 })).toThrow(
      new RangeError('topP: expected a number above 0 and at most 1, got 1.5'),
    );
    expect(() => samplingConfig({ maxNewTokens: 0 })).toThrow(
      new RangeError('maxNewTokens: expected an integer of at least 1, got 0'),
    );
  });
});
