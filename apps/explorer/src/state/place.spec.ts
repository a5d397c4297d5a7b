import { formatPlace, parsePlace } from './format.js';

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
