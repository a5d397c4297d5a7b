import type { Domain } from '@ramble/core';

import { instructDomain } from './instruct-domain.js';

const NAMES: Readonly<Record<string, number>> = { '<s>': 256, '</s>': 257 };

/** Bytes, and two special tokens. */
function bytes(isSpecial: boolean, source?: string): Domain<unknown, string, string> {
  const encode = (text: string): number[] => {
    const parts = isSpecial ? text.split(/(<s>|<\/s>)/) : [text];
    return parts.flatMap((part) =>
      Object.hasOwn(NAMES, part) ? [NAMES[part]] : Array.from(new TextEncoder().encode(part)),
    );
  };
  return {
    name: 'text',
    vocabulary: { size: 258, describe: String },
    stopTokens: [257],
    encodeExample: () => ({ tokens: [], lossWeights: [] }),
    encodePrompt: (text) => ({ tokens: encode(text) }),
    encodeOutput: encode,
    decodeOutput: (tokens) => new TextDecoder().decode(Uint8Array.from(tokens)),
    allowSpecialTokens: () => bytes(true, source),
    ...(source !== undefined && { chatTemplate: { source, specialTokens: { bos_token: '<s>' } } }),
  };
}

const TEMPLATE = `{{ bos_token }}{% for m in messages %}{{ m.role[0] }}:{{ m.content | trim }}</s>{% endfor %}a:`;

interface Ask {
  readonly text: string;
  readonly beginning?: string;
}

const INSTRUCTION = {
  instructionFor: ({ text }: Ask) => `cut ${text.length}`,
  textOf: ({ text }: Ask) => text,
  beginningOf: ({ beginning }: Ask) => beginning,
  promptOf: ({ text }: { text: string }) => ({ text }),
  outputOf: ({ answer }: { answer: string }) => answer,
};

const domainOf = (source?: string) =>
  instructDomain<{ text: string; answer: string }, Ask>(bytes(false, source), INSTRUCTION);

describe('an instruction', () => {
  it("is a conversation in the template's form; only the template's token names become tokens", () => {
    const domain = domainOf(TEMPLATE);
    const expected = bytes(true).encodePrompt('<s>s:cut 8</s>u:').tokens;
    const { tokens, outputStart } = domain.encodePrompt({ text: 'one</s>2', beginning: 'o' });
    const said = Array.from(new TextEncoder().encode('one</s>2'));
    const rest = bytes(true).encodePrompt('</s>a:').tokens;
    const prompt = [...Array.from(expected), ...said, ...Array.from(rest)];
    expect(Array.from(tokens)).toEqual([...prompt, 'o'.charCodeAt(0)]);
    expect(outputStart).toBe(prompt.length);
    expect(domain.decodeOutput([32, 111, 110, 257])).toBe('on');
    expect(domain.stopTokens).toEqual([257]);
  });

  it('has examples that begin as their prompts and end as their outputs', () => {
    const domain = domainOf(TEMPLATE);
    const { tokens, outputStart } = domain.encodeExample({ text: 'one', answer: 'o' });
    const prompt = Array.from(domain.encodePrompt({ text: 'one' }).tokens);
    expect(Array.from(tokens)).toEqual([...prompt, 111, 257]);
    expect(outputStart).toBe(prompt.length);
    expect(domain.encodeOutput?.('o')).toEqual([111, 257]);
  });

  it('keeps the beginning of a text that is too long', () => {
    const domain = domainOf(TEMPLATE);
    const prompt = domain.encodePrompt({ text: 'abcdef' });
    const { length } = prompt.tokens;
    const cut = domain.cutPrompt?.(prompt, length - 4);
    expect(new TextDecoder().decode(Uint8Array.from(Array.from(cut?.tokens ?? [])))).toContain(
      'u:ab',
    );
    expect(cut).toMatchObject({ outputStart: length - 4 });
    expect(Array.from(cut?.tokens ?? []).slice(-3)).toEqual(Array.from(prompt.tokens).slice(-3));
    expect(domain.cutPrompt?.(prompt, 2)).toBeUndefined();
    expect(domain.cutPrompt?.(prompt, length)).toBe(prompt);
  });

  it('needs a template that says it', () => {
    expect(() => domainOf()).toThrow(
      new RangeError(
        'zeroShot: expected a model with a chat template, got one without; import an instruct model, such as ramble text import smollm2-135m-instruct',
      ),
    );
    expect(() => domainOf('{{ messages[0].content }}')).toThrow(
      new RangeError(
        'chat_template.jinja: expected a template that writes a system prompt and what a user says once, got another',
      ),
    );
  });
});
