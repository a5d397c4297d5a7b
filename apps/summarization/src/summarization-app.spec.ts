import { samplingConfig, trainingConfig } from '@ramble/core';
import { answerFeature } from '@ramble/core/app';

import { EXTRACTS, PRESETS, summarizationApp } from './summarization-app.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('summarizationApp', () => {
  it('reads a document with plain line ends, and none at its end', () => {
    expect(summarizationApp.readPrompt(bytes('One.\r\n\r\nTwo.\r\n'))).toEqual({
      document: 'One.\n\nTwo.',
    });
    expect(summarizationApp.readOutput?.(bytes('a summary\n'))).toBe('a summary');
    expect(() => summarizationApp.readPrompt(Buffer.from('é', 'latin1'))).toThrow(
      /^prompt: expected text in UTF-8, got other bytes$/,
    );
  });

  it('takes a beginning into the prompt', () => {
    const prompt = summarizationApp.prompting?.apply({ document: 'a' }, { forcedPrefix: 'b' });
    expect(prompt).toEqual({ document: 'a', beginning: 'b' });
  });

  it('searches with four beams; one beam is greedy', () => {
    const { sampling } = summarizationApp;
    expect(samplingConfig(sampling)).toMatchObject({ method: 'greedy', numBeams: 4 });
    expect(samplingConfig({ ...sampling, numBeams: 1 })).toMatchObject({ method: 'greedy' });
  });

  it('answers an empty document by an empty summary', () => {
    expect(answerFeature.of(summarizationApp)?.({ document: ' \n' })).toBe('');
    expect(answerFeature.of(summarizationApp)?.({ document: 'a' })).toBeUndefined();
  });

  it.each(Object.entries(PRESETS))('has a preset whose settings are in range: %s', (_, preset) => {
    const { bpeVocabSize, nLayer, nHead, nEmbd, contextLength, ...training } = preset;
    expect(trainingConfig(training)).toMatchObject({ beta2: 0.98 });
    expect([bpeVocabSize, nLayer, nHead, nEmbd, contextLength].every((value) => value)).toBe(true);
  });
});

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
