import { parseFields } from './data-flags.js';

const fields = { names: ['source', 'target'] };

describe('--fields', () => {
  it('names a column for each text, by name or by number', () => {
    expect(parseFields(fields, 'article, highlights')).toEqual(['article', 'highlights']);
    expect(parseFields(fields, '2,1')).toEqual(['2', '1']);
    expect(parseFields(fields, undefined)).toBeUndefined();
  });

  it('refuses more or fewer', () => {
    expect(() => parseFields(fields, 'article')).toThrow(
      '--fields: expected 2 names separated by commas, for source and target, got article',
    );
    expect(() => parseFields({ names: ['text'] }, 'title,body')).toThrow(
      '--fields: expected one name, for text, got title,body',
    );
  });
});
