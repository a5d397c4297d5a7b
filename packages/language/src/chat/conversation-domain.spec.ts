import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { TokenExample } from '@ramble/core';
import { huggingFaceTokenizer } from '@ramble/tokenizers';

import { textDomain, type TextDomain } from '../text-domain.js';
import { conversationDomain, type TrainingConversation } from './conversation-domain.js';

type Sequence = readonly [ids: readonly number[], mask: readonly number[]];

interface Fixture {
  readonly tokenizer: object;
  /** The token that ends an answer, by template. */
  readonly ends: Readonly<Record<string, string>>;
  readonly conversations: readonly TrainingConversation[];
  /** The sequences of each conversation in transformers, by template, or its error. */
  readonly expected: Readonly<
    Record<string, readonly (readonly Sequence[] | { readonly error: string })[]>
  >;
}

const folder = join(import.meta.dirname, '../../fixtures/chat');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const fixture = JSON.parse(read('masks.json')) as Fixture;
const { specialTokens } = JSON.parse(read('cases.json')) as {
  specialTokens: Record<string, Record<string, string>>;
};
const source = JSON.stringify(fixture.tokenizer);
const tokenizer = await huggingFaceTokenizer({ 'tokenizer.json': source }, 480);

function domainOf(template?: { source: string; specialTokens: Record<string, string> }, end = '') {
  const stop = tokenizer.specialTokens.get(end);
  const stopTokens = stop === undefined ? [] : [stop];
  return textDomain(tokenizer, undefined, { stopTokens, chatTemplate: template });
}

const named = (name: string): TextDomain =>
  domainOf(
    { source: read(`templates/${name}.jinja`), specialTokens: specialTokens[name] },
    fixture.ends[name],
  );

/** Returns the sequences of an example, with their weights. */
function sequencesOf({ tokens, lossWeights, starts = [0] }: TokenExample): Sequence[] {
  const [ids, weights] = [tokens, lossWeights].map((each) => Array.from(each));
  return starts.map((start, i) => [
    ids.slice(start, starts[i + 1]),
    weights.slice(start, starts[i + 1]),
  ]);
}

const QUESTION = { role: 'user', content: 'Who?' };
const ANSWER = { role: 'assistant', content: 'Ishmael.' };
/** A template that writes each role and text, with what follows an answer. */
const plain = (after = '', start = 'assistant:') => ({
  source: `{% for m in messages %}{{ m.role }}:{{ m.content }}{% if m.role == 'assistant' %}<|im_end|>${after}{% endif %}\n{% endfor %}{% if add_generation_prompt %}${start}{% endif %}`,
  specialTokens: {},
});

describe('the tokens of conversations and their loss weights', () => {
  it.each(Object.keys(fixture.expected))(
    "equal transformers' assistant mask for the template of %s",
    (name) => {
      const domain = conversationDomain(named(name));
      fixture.expected[name].forEach((expected, i) => {
        const encode = () => domain.encodeExample(fixture.conversations[i]);
        if ('error' in expected) expect(encode).toThrow('chat template');
        else expect(sequencesOf(encode())).toEqual(expected);
      });
    },
  );

  it('count every token but the first with the loss on all', () => {
    const domain = conversationDomain(named('qwen3'), 'all');
    const messages = [QUESTION, ANSWER, QUESTION, ANSWER];
    for (const [ids, weights] of sequencesOf(domain.encodeExample({ messages }))) {
      expect(weights).toEqual(ids.map((_, i) => Number(i > 0)));
    }
  });

  it('leave out answers of the weight 0', () => {
    const domain = conversationDomain(domainOf(plain(), '<|im_end|>'));
    const messages = [QUESTION, { ...ANSWER, weight: 0 }, QUESTION, { ...ANSWER, content: '7' }];
    const { tokens, lossWeights } = domain.encodeExample({ messages });
    const counted = Array.from(tokens).filter((_, i) => lossWeights[i] > 0);
    expect(tokenizer.decode(counted)).toBe('7<|im_end|>');
  });

  it('end at the stop token; what the template writes after it does not count', () => {
    const domain = conversationDomain(domainOf(plain(' (end)'), '<|im_end|>'));
    const { tokens, lossWeights } = domain.encodeExample({ messages: [QUESTION, ANSWER] });
    const counted = Array.from(tokens).filter((_, i) => lossWeights[i] > 0);
    expect(tokenizer.decode(counted)).toBe('Ishmael.<|im_end|>');
  });
});

describe('a pair of texts', () => {
  const pair = { prompt: 'Who?', completion: ' Ishmael.' };

  it('is a conversation for a model with a chat template', () => {
    const domain = conversationDomain(named('smollm2'));
    const content = [pair.prompt, pair.completion];
    const messages = [QUESTION, ANSWER].map((each, i) => ({ ...each, content: content[i] }));
    expect(domain.encodeExample(pair)).toEqual(domain.encodeExample({ messages }));
  });

  it('is a text and its continuation for another model', () => {
    const { tokens, lossWeights } = conversationDomain(domainOf()).encodeExample(pair);
    const [first] = Array.from(lossWeights).flatMap((weight, i) => (weight > 0 ? [i] : []));
    expect(tokenizer.decode(Array.from(tokens).slice(0, first))).toBe('Who?');
    expect(tokenizer.decode(Array.from(tokens).slice(first))).toBe(' Ishmael.<|endoftext|>');
  });
});

it('may begin with an answer', () => {
  const domain = conversationDomain(named('llama3'));
  const { tokens, lossWeights } = domain.encodeExample({ messages: [ANSWER] });
  const counted = Array.from(tokens).filter((_, i) => lossWeights[i] > 0);
  expect(tokenizer.decode(counted)).toBe('Ishmael.<|eot_id|>');
});

describe('a conversation with a rejected answer', () => {
  const other = { ...ANSWER, content: 'Ahab.' };
  const prompt = [QUESTION, { ...ANSWER, weight: 0 }, QUESTION];

  it.each(['qwen3', 'smollm2'])('has the tokens of both answers: %s', (name) => {
    const domain = conversationDomain(named(name));
    const messages = [...prompt, ANSWER];
    const rejected = [...prompt, other];
    const { rejected: worse, ...chosen } = domain.encodeExample({ messages, rejected });
    expect(chosen).toEqual(domain.encodeExample({ messages }));
    expect(worse).toEqual(domain.encodeExample({ messages: rejected }));
  });

  it('may be a pair of texts', () => {
    const domain = conversationDomain(domainOf());
    const given = { prompt: 'Who?', completion: ' Ishmael.' };
    const { rejected } = domain.encodeExample({ ...given, rejected: ' Ahab.' });
    expect(rejected).toEqual(domain.encodeExample({ ...given, completion: ' Ahab.' }));
  });

  it('is refused if the template makes several sequences of it', () => {
    const messages = [QUESTION, ANSWER, QUESTION, ANSWER];
    const rejected = [QUESTION, other, QUESTION, ANSWER];
    const example = { messages, rejected, origin: 'chats.jsonl line 7' };
    expect(() => conversationDomain(named('qwen3')).encodeExample(example)).toThrow(
      'chats.jsonl line 7: chat template: expected one answer each in chosen and rejected, because it changes earlier ones, got several',
    );
  });
});

describe('a conversation that cannot be learned', () => {
  const encode = (domain: TextDomain, messages: (typeof QUESTION)[], origin?: string) => () =>
    conversationDomain(domain).encodeExample({ messages, origin });

  it('is refused with its place: without a template or an answer', () => {
    expect(encode(domainOf(), [QUESTION, ANSWER], 'chats.jsonl line 3')).toThrow(
      /^chats.jsonl line 3: messages: the model has no chat template/,
    );
    expect(encode(named('smollm2'), [QUESTION])).toThrow('no message has the role assistant');
  });

  it('is refused if the template begins answers differently than it asks for them', () => {
    const domain = domainOf(plain('', 'model:'), '<|im_end|>');
    expect(encode(domain, [QUESTION, ANSWER])).toThrow(
      'chat template: expected one whose answers follow the beginning that it writes for them',
    );
  });
});

describe('a conversation that is longer than the context', () => {
  const domain = conversationDomain(domainOf(plain(), '<|im_end|>'));
  const example = domain.encodeExample({ messages: [QUESTION, ANSWER, QUESTION, ANSWER] });

  it('keeps its beginning while that has an answer', () => {
    const [kept] = domain.segments?.(example, 25) ?? [];
    expect(kept.tokens).toEqual(Array.from(example.tokens).slice(0, 26));
    expect(domain.segments?.(example, 4)).toEqual([]);
  });
});
