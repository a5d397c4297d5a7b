import {
  formatBytes,
  formatCount,
  formatPlace,
  formatProbability,
  formatSeconds,
  formatValue,
  parsePlace,
} from './format.js';

describe('formatProbability', () => {
  it('has four digits, and shows no probability as none', () => {
    expect([0.07314, 1, 0.00005, 0.00004999, 0].map(formatProbability)).toEqual([
      '0.0731',
      '1.0000',
      '0.0001',
      '< 0.0001',
      '0.0000',
    ]);
  });
});

it('formats counts, bytes, values and durations', () => {
  expect([512, 9999, 42_300, 1_234_567, 2.5e9].map(formatCount)).toEqual([
    '512',
    '9,999',
    '42.3 thousand',
    '1.2 million',
    '2.5 billion',
  ]);
  expect([12, 1536, 2.5e6].map(formatBytes)).toEqual(['12 bytes', '1.5 kB', '2.5 MB']);
  expect([2.13721, 0, 0.00031, 51_234.4].map(formatValue)).toEqual([
    '2.137',
    '0',
    '3.1e-4',
    '51,234',
  ]);
  expect([12.4, 59.7, 119.7, 200, 3600, 7500].map(formatSeconds)).toEqual([
    ...['12 s', '1 min', '2 min', '3 min 20 s', '1 h', '2 h 5 min'],
  ]);
});

describe('parsePlace', () => {
  it('parses the output of formatPlace', () => {
    const params = { model: 'de-en/best', prompt: 'Größe & "?#=\n', seed: '7' };
    expect(parsePlace(formatPlace({ view: 'look', params }))).toEqual({ view: 'look', params });
  });

  it('is the view Write for an empty fragment', () => {
    expect(parsePlace('')).toEqual({ view: 'write', params: {} });
    expect(parsePlace('#/')).toEqual({ view: 'write', params: {} });
  });
});

describe('formatPlace', () => {
  it('leaves empty values out', () => {
    expect(formatPlace({ view: 'write', params: { model: 'book', prompt: '' } })).toBe(
      '#/write?model=book',
    );
  });
});
