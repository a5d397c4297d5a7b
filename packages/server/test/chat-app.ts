import type { Domain } from '@ramble/core';
import type { ChatTemplate } from '@ramble/core/domain';

import { whaleDomain } from './whale-app.js';

/** Token that begins a message; the end-of-output token also ends messages. */
const BEGIN = whaleDomain.vocabulary.size;
const [END] = whaleDomain.stopTokens;
const NAMES: Readonly<Record<string, number>> = { '<begin>': BEGIN, '<end>': END };

const CHAT_TEMPLATE: ChatTemplate = {
  source: `{% for message in messages -%}
{% if message.role not in ['system', 'user', 'assistant', 'tool'] %}{{ raise_exception('a role that nobody has') }}{% endif -%}
{% if message.content == 'loop' %}{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}{% endif -%}
{{ '<begin>' + message.role + '\\n' + message.content + '<end>' }}
{%- endfor -%}
{% if tools %}{% for tool in tools %}{{ tool.function.name }}{% endfor %}{% endif -%}
{% if loud %}{{ ' loud ' }}{% endif -%}
{% if reasoning_effort %}{{ reasoning_effort }}{% endif -%}
{% if add_generation_prompt %}{{ '<begin>assistant\\n' }}{% endif %}`,
  specialTokens: {},
};

function chatDomain(isSpecial: boolean): Domain<string, string, string> {
  const parts = (text: string): string[] =>
    isSpecial ? text.split(/(<begin>|<end>)/).filter((part) => part !== '') : [text];
  return {
    ...whaleDomain,
    vocabulary: {
      size: BEGIN + 1,
      describe: (id) => (id === BEGIN ? '<begin>' : whaleDomain.vocabulary.describe(id)),
      bytes: (id) => (id === BEGIN ? undefined : whaleDomain.vocabulary.bytes?.(id)),
    },
    encodePrompt: (text) => {
      const tokens = parts(text).flatMap((part) =>
        Object.hasOwn(NAMES, part)
          ? [NAMES[part]]
          : Array.from(whaleDomain.encodePrompt(part).tokens),
      );
      return { tokens };
    },
    allowSpecialTokens: () => chatDomain(true),
    chatTemplate: CHAT_TEMPLATE,
  };
}

/** Domain of conversations in small letters and whales, with a chat template. */
export const chatWhales = chatDomain(false);
