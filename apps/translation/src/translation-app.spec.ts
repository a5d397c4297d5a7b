import { samplingConfig, trainingConfig } from '@ramble/core';
import { answerFeature } from '@ramble/core/app';

import { PRESETS, translationApp } from './translation-app.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('translationApp', () => {
  it('reads a prompt and an output without the line end after them', () => {
    expect(translationApp.readPrompt(bytes('text editor\n'))).toEqual({ source: 'text editor' });
    expect(translationApp.readOutput?.(bytes('éditeur\r\n'))).toBe('éditeur');
    expect(() => translationApp.readPrompt(Buffer.from('é', 'latin1'))).toThrow(
      /^prompt: expected text in UTF-8, got other bytes$/,
    );
  });

  it('takes a language and a beginning into the prompt', () => {
    const applied = translationApp.prompting?.apply(
      { source: 'text editor' },
      { to: 'fr', forcedPrefix: 'éditeur' },
    );
    expect(applied).toEqual({ source: 'text editor', to: 'fr', beginning: 'éditeur' });
  });

  it('searches with four beams; one beam is greedy', () => {
    const { sampling } = translationApp;
    expect(samplingConfig(sampling)).toMatchObject({ method: 'greedy', numBeams: 4 });
    expect(samplingConfig({ ...sampling, numBeams: 1 })).toMatchObject({ method: 'greedy' });
  });

  it('answers an empty line by an empty one', () => {
    expect(answerFeature.of(translationApp)?.({ source: ' ' })).toBe('');
    expect(answerFeature.of(translationApp)?.({ source: 'a' })).toBeUndefined();
  });

  it.each(Object.entries(PRESETS))('has a preset whose settings are in range: %s', (_, preset) => {
    const { bpeVocabSize, nLayer, nHead, nEmbd, contextLength, ...training } = preset;
    expect(trainingConfig(training)).toMatchObject({ labelSmoothing: 0.1 });
    expect([bpeVocabSize, nLayer, nHead, nEmbd, contextLength].every((value) => value)).toBe(true);
  });
});
