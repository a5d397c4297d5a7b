import { samplingConfig } from './sampling-config.js';

describe('samplingConfig', () => {
  it('samples from the whole distribution by default', () => {
    expect(samplingConfig()).toEqual({
      method: 'random',
      temperature: 1,
      topH: 1,
      stopTokenStart: 0,
      stopTokenFactor: 1,
      renormalizeLogits: false,
      topK: 0,
      topP: 1,
      minP: 0,
      typicalP: 1,
      epsilonCutoff: 0,
      etaCutoff: 0,
      repetitionPenalty: 1,
      repetitionWindow: -1,
      frequencyPenalty: 0,
      presencePenalty: 0,
      noRepeatNgramSize: 0,
      minNewTokens: 0,
      maxNewTokens: 200,
      slideShare: 0.25,
      numBeams: 1,
      lengthPenalty: 1,
      lengthPenaltyForm: 'power',
      earlyStopping: 'false',
      nBest: 1,
      promptLookup: 0,
      seed: 0,
    });
  });

  it('defaults to greedy with several beams, unless the method is given', () => {
    expect(samplingConfig({ numBeams: 2 }).method).toBe('greedy');
    expect(samplingConfig({ numBeams: 2, method: 'random' }).method).toBe('random');
  });

  it('treats a temperature of 0 as the method greedy, and ignores other settings of the distribution', () => {
    const greedy = samplingConfig({ method: 'greedy', repetitionPenalty: 2 });
    const shaped = { temperature: 0, topK: 5, topP: 0.9, minP: 0.1, repetitionPenalty: 2 };
    expect(samplingConfig(shaped)).toEqual(greedy);
    expect(samplingConfig({ ...shaped, method: 'random' })).toEqual(greedy);
    expect(samplingConfig({ temperature: 0, numBeams: 3 })).toEqual(
      samplingConfig({ numBeams: 3 }),
    );
  });

  it.each<[object, string]>([
    [
      { temperature: -1 },
      'temperature: expected a number of at least 0, got -1; 0 takes the most likely token',
    ],
    [
      { temperature: 1e-320 },
      'temperature: expected a number that every logit can be divided by, got 1e-320; 0 takes the most likely token',
    ],
    [{ slideShare: 1 }, 'slideShare: expected a number above 0 and below 1, got 1'],
    [{ topP: 1.5 }, 'topP: expected a number above 0 and at most 1, got 1.5'],
    [{ minP: -1 }, 'minP: expected a number of at least 0 and at most 1, got -1'],
    [{ maxNewTokens: 0 }, 'maxNewTokens: expected an integer of at least 1, got 0'],
    [
      { seed: 1e20 },
      'seed: expected an integer of at least 0 and at most 9007199254740991, got 100000000000000000000',
    ],
    [{ repetitionPenalty: 0 }, 'repetitionPenalty: expected a number above 0, got 0'],
    [{ nBest: 3, numBeams: 2 }, 'nBest: expected at most numBeams (2), got 3'],
    [
      { minNewTokens: 6, maxNewTokens: 5 },
      'minNewTokens: expected at most maxNewTokens (5), got 6',
    ],
    [{ promptLookup: 4, numBeams: 2 }, 'promptLookup: expected 0 with numBeams (2), got 4'],
    [
      { method: 'greedy', temperature: 0.7 },
      'temperature: expected 1 with the method greedy, which samples nothing, got 0.7',
    ],
    [
      { numBeams: 3, topK: 5 },
      'topK: expected 0 with the method greedy of numBeams (3), which samples nothing, got 5',
    ],
    [{ lengthPenalty: 2 }, 'lengthPenalty: expected 1 with numBeams (1), got 2'],
    [{ earlyStopping: 'true' }, 'earlyStopping: expected false with numBeams (1), got true'],
    [
      { lengthPenaltyForm: 'gnmt' },
      'lengthPenaltyForm: expected power with numBeams (1), got gnmt',
    ],
  ])('refuses %j', (given, message) => {
    expect(() => samplingConfig(given)).toThrow(new RangeError(message));
  });
});
