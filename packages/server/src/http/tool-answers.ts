import { randomUUID } from 'node:crypto';

import {
  readToolCalls,
  textBeforeCalls,
  type ToolCall,
  type ToolCallForm,
} from '@ramble/language/chat';

import { type AnswerForm, choiceIndex } from './answer-completion.js';

/** A choice of a chat answer, as far as calls change it. */
interface ChatChoice {
  readonly message: object;
}

/** Format of chat answers. */
export interface ChatForm extends AnswerForm {
  choice(...given: Parameters<AnswerForm['choice']>): ChatChoice;
}

/** Format of one request's chat answers, in which calls of tools become `tool_calls`. */
export function withToolCalls(form: ChatForm, callForm: ToolCallForm): ChatForm {
  /** Ends of unfinished texts that may be calls, by the index of their output. */
  const held = new Map<number, string>();
  return {
    ...form,
    choice: (request, output, format) => {
      const choice = form.choice(request, output, format);
      const { content, calls } = readToolCalls(output.text, callForm);
      if (calls.length === 0) return choice;
      const tool_calls = calls.map(callBody);
      const message = { ...choice.message, content: content === '' ? null : content, tool_calls };
      return { ...choice, message, finish_reason: 'tool_calls' };
    },
    partChoices: (request, delta, isFirst, format) => {
      const index = choiceIndex(request, delta);
      const text = (held.get(index) ?? '') + delta.text;
      if (delta.finishReason === undefined) {
        const shown = textBeforeCalls(text, callForm);
        held.set(index, text.slice(shown));
        return form.partChoices(request, { ...delta, text: text.slice(0, shown) }, isFirst, format);
      }
      const { content, calls } = readToolCalls(text, callForm);
      const rest = { ...delta, text: content };
      if (calls.length === 0) return form.partChoices(request, rest, isFirst, format);
      const part = (own: object, end: string | null): object => {
        return { index, delta: own, logprobs: null, finish_reason: end };
      };
      const tool_calls = calls.map((call, at) => ({ index: at, ...callBody(call) }));
      return [
        ...form.partChoices(request, { ...rest, finishReason: undefined }, isFirst, format),
        part({ tool_calls }, null),
        part({}, 'tool_calls'),
      ];
    },
  };
}

/** A call in OpenAI's form. */
function callBody({ name, arguments: given }: ToolCall): object {
  const id = `call_${randomUUID()}`;
  return { id, type: 'function', function: { name, arguments: JSON.stringify(given) } };
}
