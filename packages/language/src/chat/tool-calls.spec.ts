import { readFileSync } from 'node:fs';

import { readToolCalls, textBeforeCalls, toolCallForm } from './tool-calls.js';

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

describe('toolCallForm', () => {
  it('finds the form of a template that has tools', () => {
    expect(hermes).toMatchObject({ open: '<tool_call>\n', argumentsField: 'arguments' });
    expect(llama).toMatchObject({ open: '', argumentsField: 'parameters' });
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

  it('reads an answer that is a call', () => {
    const text = ' {"name": "a", "parameters": {"x": null}}\n';
    expect(readToolCalls(text, llama)).toEqual({
      content: '',
      calls: [{ name: 'a', arguments: { x: null } }],
    });
  });

  it.each([
    [hermes, '<tool_call>\n{"name": "a", "arguments"'],
    [hermes, '<tool_call>\n{"name": "a", "arguments": {\n</tool_call>'],
    [hermes, '<tool_call>[1]</tool_call> text'],
    [hermes, 'no call </tool_call>'],
    [llama, '{"name": 3}'],
    [llama, 'See {"name": "a", "parameters": {}}'],
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
    [llama, '{"na', 0],
    [llama, ' \n', 0],
    [llama, 'Well {', 6],
  ])('counts the characters that no call can contain: %j %j', (form, text, count) => {
    expect(textBeforeCalls(text, form)).toBe(count);
  });
});
