import { EXTRACTS } from './summarization-app.js';

/** The second and the fourth sentence have most words in common with the others. */
const DOCUMENT = `Snow fell. The old bridge over the river was closed on Monday. It was cold.
Engineers found cracks in the old bridge over the river. A new bridge will open in May. Birds sang.`;

const write = (method: string, options: object): string =>
  EXTRACTS.write(method, { document: DOCUMENT }, options);

describe('summaries without a model', () => {
  it('are the sentences with most words in common with others, in their order', () => {
    expect(write('textrank', { summarySentences: 2 })).toBe(
      'The old bridge over the river was closed on Monday. Engineers found cracks in the old bridge over the river.',
    );
  });

  it('have three sentences unless a length is given', () => {
    expect(write('lead', {})).toBe(
      'Snow fell. The old bridge over the river was closed on Monday. It was cold.',
    );
  });

  it('end with the sentence that reaches the number of words, or after the number of sentences', () => {
    expect(write('lead', { summaryWords: 3 })).toBe(
      'Snow fell. The old bridge over the river was closed on Monday.',
    );
    expect(write('lead', { summaryWords: 3, summarySentences: 1 })).toBe('Snow fell.');
    expect(write('tf-idf', { summarySentences: 100 })).toBe(DOCUMENT.replace('\n', ' '));
  });
});
