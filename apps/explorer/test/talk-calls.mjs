import { BOOK, BOOK_CALLS } from './calls-of-a-book.mjs';

/** The bytes of ` 🐋!`, in tokens of a byte-level tokenizer. */
const WHALE = [[0x20, 0xf0, 0x9f], [0x90], [0x8b], '!'];

/** A model with a chat template, whose every output is ` 🐋!`. */
const TALK = {
  ...BOOK,
  id: 'talk',
  chats: true,
  chatSampling: { temperature: 0.7, topP: 0.9, maxNewTokens: 128 },
};

/**
 * Calls of a book and a chat model.
 *
 * @param {unknown[]} asked - Receives the name and the question of each call about the chat model.
 */
export function talkCalls(asked = []) {
  return {
    ...BOOK_CALLS,
    models: () => [BOOK, TALK],
    chatPrompt: (question) => {
      asked.push(['chatPrompt', question]);
      return BOOK_CALLS.chatPrompt(question);
    },
    artifact: (question) => {
      asked.push(['artifact', question]);
      return { kind: 'text', text: ' 🐋!' };
    },
    write: async function* (question) {
      if (question.model !== TALK.id) return yield* BOOK_CALLS.write(question);
      asked.push(['write', question]);
      for (const [i, token] of WHALE.entries())
        yield { kind: 'token', output: 0, token: part(i, token) };
      yield { kind: 'end', output: 0, reason: 'stop' };
      yield { kind: 'done', tokens: WHALE.length, seconds: 0.1 };
    },
  };
}

function part(id, token) {
  const chance = { probability: 0.5, rank: 1, entropy: 1, alternatives: [] };
  if (typeof token === 'string') return { id, word: JSON.stringify(token), text: token, ...chance };
  const word = token.map((byte) => `0x${byte.toString(16).toUpperCase()}`).join(' ');
  return { id, word, text: '', bytes: token, ...chance };
}
