import { readFileSync } from 'node:fs';

import { createConstraint } from '../constraints.js';
import { readToolCalls, textBeforeCalls, toolCallConstraint, toolCallForm } from './tool-calls.js';

const templateOf = (name: string): { source: string } => ({
  source: readFileSync(
    new URL(`../../fixtures/chat/templates/${name}.jinja`, import.meta.url),
    'utf8',
  ),
});
const hermes = toolCallForm(templateOf('qwen3'))!;
const llama = toolCallForm({
  source: 'Respond with {\\"name\\": function name, \\"parameters\\": …}.',
})!;
const mistral = toolCallForm({
  source:
    '{% for tool in tools %}{{ tool }}{% endfor %}{{ "[TOOL_CALLS] [" }}{"name": …, "arguments": …}]',
})!;

describe('toolCallForm', () => {
  it('finds the form of a template that has tools', () => {
    expect(hermes).toMatchObject({ open: '<tool_call>\n', argumentsField: 'arguments' });
    expect(llama).toMatchObject({ open: '', argumentsField: 'parameters' });
    expect(mistral).toMatchObject({ open: '[TOOL_CALLS]', parallelCalls: 'list' });
    expect(toolCallForm({ source: '[TOOL_CALLS]name[ARGS]{}' })).toBeUndefined();
    for (const name of ['llama3', 'gemma3', 'smollm2']) {
      expect(toolCallForm(templateOf(name))).toBeUndefined();
    }
  });
});

describe('readToolCalls', () => {
  it('reads calls between marks, and the text around them', () => {
    const text =
      'Well.\n<tool_call>\n{"name": "a", "arguments": {"x": [1]}}\n</tool_call>\n<tool_call>{"name":"b"}</tool_call>';
    expect(readToolCalls(text, hermes)).toEqual({
      content: 'Well.',
      calls: [
        { name: 'a', arguments: { x: [1] } },
        { name: 'b', arguments: {} },
      ],
    });
  });

  it('takes brackets and quotes in the arguments of a bare call for text', () => {
    const given = { x: '}; {"name": "\\"[' };
    const text = `${JSON.stringify({ name: 'a', parameters: given })} }`;
    expect(readToolCalls(text, llama)).toEqual({
      content: '}',
      calls: [{ name: 'a', arguments: given }],
    });
  });

  it('reads an answer that is a call', () => {
    const text = ' {"name": "a", "parameters": {"x": null}}\n';
    expect(readToolCalls(text, llama)).toEqual({
      content: '',
      calls: [{ name: 'a', arguments: { x: null } }],
    });
  });

  it.each([
    [mistral, 'Well. [TOOL_CALLS] [{"name": "a", "arguments": {"x": 1}, "id": "1"}, {"name": "b", "arguments": {}}]'], // prettier-ignore
    [mistral, 'Well.[TOOL_CALLS]{"name": "a", "arguments": {"x": 1}}[TOOL_CALLS]{"name": "b"}'],
    [hermes, 'Well. <tool_call>[{"name":"a","arguments":{"x":1}},{"name":"b"}]</tool_call>'],
    [
      hermes,
      'Well.\n<tool_call>{"name":"a","arguments":{"x":1}}</tool_call>\n<tool_call>{"name":"b"}',
    ],
    [llama, 'Well. {"name": "a", "parameters": {"x": 1}}; {"name": "b", "parameters": {}}'],
    [llama, 'Well. {"name": "a", "parameters": {"x": 1}}\n{"type": "function", "name": "b", "arguments": {}}'], // prettier-ignore
    [llama, 'Well. [ {"name": "a", "parameters": {"x": 1}}, {"name": "b", "parameters": {}}]'],
  ])('reads several calls and the text before them: %j %j', (form, text) => {
    expect(readToolCalls(text, form)).toEqual({
      content: 'Well.',
      calls: [
        { name: 'a', arguments: { x: 1 } },
        { name: 'b', arguments: {} },
      ],
    });
  });

  it.each([
    [mistral, 'See [TOOL_CALLS] [{"name": "a"'],
    [mistral, '[TOOL_CALLS] []'],
    [mistral, '[TOOL_CALLS] [{"name": "a"}, 3]'],
    [hermes, '<tool_call>\n{"name": "a", "arguments"'],
    [hermes, '<tool_call>\n{"name": "a", "arguments": {\n</tool_call>'],
    [hermes, '<tool_call>[1]</tool_call> text'],
    [hermes, 'no call </tool_call>'],
    [llama, '{"name": 3}'],
    [llama, '{"name": "Ishmael", "age": 30}'],
    [llama, 'See {"name": "a", "parameters": {}'],
    [llama, '[{"name": "a", "parameters": {}}, 3] and {x}'],
  ])('leaves other text unchanged: %j %j', (form, text) => {
    expect(readToolCalls(text, form)).toEqual({ content: text, calls: [] });
  });
});

describe('textBeforeCalls', () => {
  it.each([
    [hermes, 'Well, <b', 8],
    [hermes, 'Well, <tool', 6],
    [hermes, 'Well. <tool_call>\n{', 6],
    [hermes, '<', 0],
    [hermes, '', 0],
    [mistral, 'Well. [TOOL', 6],
    [mistral, 'Well. [TOOL_CALLS] [', 6],
    [llama, '{"na', 0],
    [llama, ' \n', 0],
    [llama, 'Well {', 5],
    [llama, 'Well [ ', 5],
    [llama, 'Well {"name": {}', 5],
    [llama, 'Well {"nam": [1, {', 17],
    [llama, 'Well [1], {x} "name"', 20],
  ])('counts the characters that no call can contain: %j %j', (form, text, count) => {
    expect(textBeforeCalls(text, form)).toBe(count);
  });
});

describe('toolCallConstraint', () => {
  const tools = ['a', 'b'].map((name) => ({
    type: 'function',
    function: {
      name,
      parameters: { properties: { x: { $ref: '#/$defs/n' } }, $defs: { n: { type: 'integer' } } },
    },
  }));
  const vocabulary = {
    size: 257,
    describe: String,
    bytes: (id: number) => (id === 256 ? undefined : Uint8Array.of(id)),
  };
  const accepts = (text: string, ...given: Parameters<typeof toolCallConstraint>): boolean => {
    const source = toolCallConstraint(...given);
    const constraint = createConstraint({ vocabulary, stopTokens: [256] }, source);
    let state = constraint.start({ tokens: [0] });
    for (const byte of new TextEncoder().encode(text)) {
      if (![...constraint.allowed(state)].includes(byte)) return false;
      state = constraint.advance(state, byte);
    }
    return [...constraint.allowed(state)].includes(256);
  };
  const callOf = (name: string, field = 'arguments'): string =>
    `{"name": "${name}", "${field}": {"x": 1}}`;

  it.each([
    [hermes, `<tool_call>\n${callOf('a')}\n</tool_call>`, `\n<tool_call>\n${callOf('b')}\n</tool_call>`], // prettier-ignore
    [mistral, `[TOOL_CALLS][${callOf('a')}]`, undefined],
    [llama, callOf('a', 'parameters'), undefined],
  ])('allows one call of a tool, and several if they are wanted: %j', (form, one, more) => {
    expect(readToolCalls(one, form).calls).toEqual([{ name: 'a', arguments: { x: 1 } }]);
    for (const canBeSeveral of [false, true]) {
      expect(accepts(one, form, tools, canBeSeveral)).toBe(true);
      expect(accepts(one.replace('1', '"1"'), form, tools, canBeSeveral)).toBe(false);
      expect(accepts(one.replace('"a"', '"c"'), form, tools, canBeSeveral)).toBe(false);
      if (more === undefined) continue;
      expect(accepts(one + more, form, tools, canBeSeveral)).toBe(canBeSeveral);
      expect(accepts(one + more.repeat(8), form, tools, canBeSeveral)).toBe(false);
    }
  });

  it('allows a list of calls in the form of Mistral', () => {
    const two = `[TOOL_CALLS][${callOf('a')}, ${callOf('b')}]`;
    expect(readToolCalls(two, mistral).calls).toHaveLength(2);
    expect([false, true].map((several) => accepts(two, mistral, tools, several))).toEqual([false, true]); // prettier-ignore
    expect(accepts('[TOOL_CALLS][]', mistral, tools, true)).toBe(false);
  });
});

describe('the constraint of calls', () => {
  const texts = ['[TOOL_CALLS]', '<tool_call>', '[TOOL', '_CALLS]', '\xff', '</s>'];
  const size = 256 + texts.length;
  const specials = [256, 257, size - 1];
  const domainOf = (isSpecial: boolean) => ({
    vocabulary: {
      size,
      describe: (id: number) => texts[id - 256] ?? `${id}`,
      specialTokens: new Map(isSpecial ? specials.map((id) => [texts[id - 256], id]) : []),
      bytes: (id: number) => {
        if (id < 256) return Uint8Array.of(id);
        if (isSpecial && specials.includes(id)) return undefined;
        return Uint8Array.from(texts[id - 256], (character) => character.charCodeAt(0));
      },
    },
    stopTokens: [size - 1],
  });
  const tool = { type: 'function', function: { name: 'a', parameters: { enum: [1] } } };
  /** Reads a text by the longest special tokens, and returns whether it is complete. */
  const accepts = (form: typeof mistral, text: string, several: boolean): boolean => {
    const constraint = createConstraint(domainOf(true), toolCallConstraint(form, [tool], several));
    let state = constraint.start({ tokens: [0] });
    for (let at = 0; at < text.length;) {
      const special = specials.find((id) => text.startsWith(texts[id - 256], at));
      const id = special ?? text.charCodeAt(at);
      if (![...constraint.allowed(state)].includes(id)) return false;
      state = constraint.advance(state, id);
      at += special === undefined ? 1 : texts[special - 256].length;
    }
    return [...constraint.allowed(state)].includes(size - 1);
  };

  it('begins with the special token of the mark, where the vocabulary has one', () => {
    const source = toolCallConstraint(mistral, [tool]);
    const [special, plain] = [true, false].map((isSpecial) => {
      const constraint = createConstraint(domainOf(isSpecial), source);
      return [...constraint.allowed(constraint.start({ tokens: [0] }))];
    });
    expect(special).toEqual([256]);
    expect(plain).toEqual(['['.charCodeAt(0), 256, 258]);
  });

  it('has special tokens before and between calls', () => {
    const call = '{"name":"a","arguments":1}';
    expect(accepts(mistral, `[TOOL_CALLS]${call}`, false)).toBe(false); // it is a list
    expect(accepts(mistral, `[TOOL_CALLS][${call}]`, false)).toBe(true);
    const one = `<tool_call>\n${call}\n</tool_call>`;
    expect(accepts(hermes, `${one}\n${one}`, true)).toBe(true);
    expect(accepts(hermes, `${one}\n${one}`, false)).toBe(false);
  });
});
