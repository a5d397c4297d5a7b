import { trainBpe } from '@ramble/tokenizers';

import {
  type SummarizationDomain,
  type SummarizationExample,
  summarizationFactory,
} from './summarization-domain.js';

function fit(...examples: SummarizationExample[]): Promise<SummarizationDomain> {
  async function* all(): AsyncGenerator<SummarizationExample> {
    for (const example of examples) yield await Promise.resolve(example);
  }
  return summarizationFactory.fit(all(), { bpeVocabSize: 280, documentLoss: 0, cut: 'tf-idf' });
}
const PAIR = { document: 'the whale, the whale, the sea', summary: 'the whale' };

describe('summarizationFactory', () => {
  it('learns one vocabulary of documents and summaries, with a separator', async () => {
    const domain = await fit(PAIR);
    expect([...domain.tokenizer.specialTokens.keys()]).toEqual(['<|endoftext|>', '<tldr>']);
    const words = Array.from(domain.encodeExample(PAIR).tokens, (id) =>
      domain.vocabulary.describe(id),
    );
    expect(words.join('')).toContain('<tldr>');
    expect(words.length).toBeLessThan(25); // of 40 bytes
  });

  it('keeps the tokens of a text domain, and adds its separator after them', async () => {
    const text = await trainBpe('the whale, the sea', { vocabSize: 262 });
    async function* none(): AsyncGenerator<SummarizationExample> {
      /* nothing is learned from them */
    }
    const adapt = summarizationFactory.adapt?.bind(summarizationFactory);
    const { domain, options } = (await adapt?.(text.save(), none(), { documentLoss: 0.5 })) ?? {};
    expect(options).toEqual({ bpeVocabSize: 262, documentLoss: 0.5, cut: 'head' });
    if (!domain) throw new Error('expected a domain');
    const { tokens } = domain.encodeExample(PAIR);
    const document = text.encode(` ${PAIR.document}`);
    expect(Array.from(tokens).slice(0, document.length)).toEqual(Array.from(document));
    expect(tokens[document.length]).toBe(262);
    expect(domain.stopTokens).toEqual([text.endOfText]);
    const loaded = await summarizationFactory.load(summarizationFactory.save(domain));
    expect(loaded.encodeExample(PAIR)).toEqual(domain.encodeExample(PAIR));
    await expect(adapt?.({ 'music.json': '{}' }, none(), {})).rejects.toThrow(
      new RangeError('tokenizer.json: expected this file, got none'),
    );
  });

  it('has nothing to learn from nothing', async () => {
    await expect(fit()).rejects.toThrow('texts: expected some text, got none');
  });

  it.each([
    ['no file', undefined, 'summarization.json: expected settings, got no such file'],
    ['another value', '3', 'summarization.json: expected an object'],
    [
      'a missing setting',
      '{"documentLoss":1}',
      'summarization.json: cut: expected head, head-and-tail, tf-idf or tf-idf-paragraphs, got nothing',
    ],
  ])('reports what a saved domain should contain: %s', async (_, text, message) => {
    const { 'summarization.json': saved, ...files } = summarizationFactory.save(await fit(PAIR));
    expect(saved).toContain('"cut": "tf-idf"');
    await expect(
      summarizationFactory.load({ ...files, ...(text && { 'summarization.json': text }) }),
    ).rejects.toHaveProperty('message', message);
  });
});
