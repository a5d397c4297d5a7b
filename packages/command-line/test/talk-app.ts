import type { AnyApp, AnyDomain } from '@ramble/core';
import type { ChatTemplate } from '@ramble/core/domain';

import { lettersApp } from './letters-app.js';

const CHAT_TEMPLATE: ChatTemplate = {
  source: `{% for message in messages %}{{ message.role }} {{ message.content }}
{% endfor %}{% if loud %}loud {% endif %}{{ turn }}`,
  specialTokens: { turn: 'assistant ' },
};

/** Small letters in conversations: each message is a line that begins with its role. */
export const talkApp: AnyApp = {
  ...lettersApp,
  name: 'talk',
  factory: {
    ...lettersApp.factory,
    load: async (files): Promise<AnyDomain> => {
      const letters = await lettersApp.factory.load(files);
      return { ...letters, name: 'talk', chatTemplate: CHAT_TEMPLATE };
    },
  },
};
