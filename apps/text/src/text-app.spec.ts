import { helpExamplesFeature, measureFeature } from '@ramble/command-line/features';
import {
  checkSettings,
  MODEL_SETTINGS,
  modelConfig,
  TRAINING_SETTINGS,
  trainingConfig,
} from '@ramble/core';
import { streamOutputFeature } from '@ramble/core/app';
import { listCorpora } from '@ramble/datasets';
import { textDomain } from '@ramble/language';
import { byteTokenizer, gpt2Tokenizer } from '@ramble/tokenizers';

import defaultExport, { textApp } from './index.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('textApp', () => {
  it('is the app that the command finds in the package', () => {
    expect(defaultExport).toBe(textApp);
  });

  it('shows a first command that runs unchanged, because its data is a named corpus', () => {
    const data = /--data (\S+)/.exec(helpExamplesFeature.of(textApp)?.train[0] ?? '')?.[1];
    expect(listCorpora().map(({ name }) => name)).toContain(data);
  });

  it('reads a prompt and an output unchanged', () => {
    expect(textApp.readPrompt(bytes('naïve 🐋\r\n'))).toBe('naïve 🐋\r\n');
    expect(textApp.readOutput?.(bytes(''))).toBe('');
  });

  it('refuses a prompt or an output that is no text', () => {
    const latin1 = Uint8Array.of(0x6e, 0x61, 0xef, 0x76, 0x65);
    expect(() => textApp.readPrompt(latin1)).toThrow(
      'prompt: expected text in UTF-8, got other bytes',
    );
    expect(() => textApp.readOutput?.(latin1)).toThrow(
      'output: expected text in UTF-8, got other bytes',
    );
  });

  it('streams whole characters, whatever tokens they come in', async () => {
    const domain = textDomain(await gpt2Tokenizer());
    const { tokens } = domain.encodePrompt('a 🐋 naïve');
    const stream = streamOutputFeature.of(textApp)!(domain);
    const pieces = [...Array.from(tokens, (token) => stream.push(token)), stream.end()];
    expect(pieces.join('')).toBe('a 🐋 naïve');
    expect(pieces.join('|')).not.toContain('\uFFFD');
    expect(pieces).toContain('');
  });

  it('counts characters, bytes and words', () => {
    const domain = textDomain(byteTokenizer());
    expect(measureFeature.of(textApp)?.({ text: 'naïve 🐋', endsDocument: true }, domain)).toEqual({
      character: 7,
      byte: 11,
      word: 2,
    });
  });

  it('has presets that a model can be made and trained with', () => {
    for (const preset of Object.values(textApp.presets!)) {
      const pick = (table: object): object =>
        Object.fromEntries(Object.entries(preset).filter(([name]) => name in table));
      const config = modelConfig({ vocabSize: 65, ...pick(MODEL_SETTINGS) });
      const options = checkSettings<unknown>(
        textApp.options,
        pick(textApp.options) as Record<string, unknown>,
      );
      const whole = {
        ...config,
        ...trainingConfig(pick(TRAINING_SETTINGS)),
        ...(options as object),
      };
      expect(whole).toMatchObject(preset);
    }
  });
});
