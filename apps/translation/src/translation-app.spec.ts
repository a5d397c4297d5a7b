import { type DataFile, samplingConfig, trainingConfig } from '@ramble/core';
import { answerFeature } from '@ramble/core/app';
import type { TranslationExample } from '@ramble/translation';

import { PRESETS, readExamples, readParallel, translationApp } from './index.js';

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

function file(name: string, content: string): DataFile {
  return {
    name,
    chunks: async function* () {
      yield await Promise.resolve(Buffer.from(content));
    },
  };
}

async function all(examples: AsyncIterable<TranslationExample>): Promise<TranslationExample[]> {
  const found: TranslationExample[] = [];
  for await (const example of examples) found.push(example);
  return found;
}

describe('readExamples', () => {
  it('reads pairs with a tab between them, and lines of JSON with their languages and places', async () => {
    const json = '{"source":"dog","target":"Hund","from":"en","to":"de"}';
    expect(await all(readExamples([file('a.tsv', 'a\tb'), file('b.jsonl', json)]))).toEqual([
      { source: 'a', target: 'b', place: 'a.tsv line 1' },
      { source: 'dog', target: 'Hund', from: 'en', to: 'de', place: 'b.jsonl line 1' },
    ]);
  });

  it('leaves pairs with an empty side out, and reports their number', async () => {
    const reasons: string[] = [];
    const onSkip = (reason: string): void => void reasons.push(reason);
    const pairs = readParallel(
      file('a.en', 'one\n\n \nfour'),
      file('a.fr', 'un\ndeux\ntrois\nquatre'),
      { onSkip },
    );
    expect((await all(pairs)).map(({ target }) => target)).toEqual(['un', 'quatre']);
    expect(reasons).toEqual(['2 of 4 pairs with an empty side (a.en, a.fr)']);
  });

  it('refuses a file without pairs', async () => {
    await expect(all(readExamples([file('a.tsv', '\n\n')]))).rejects.toThrow(
      new Error('a.tsv: expected pairs of texts, got none'),
    );
  });
});
