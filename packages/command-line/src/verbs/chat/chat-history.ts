import type { ChatMessage, Conversation, TemplateRenderer } from '@ramble/chat';
import type { TokenPrompt } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';

/** What was said in a conversation, and its system prompt. */
export interface ChatHistory {
  readonly messages: readonly ChatMessage[];
  /** The text that stands before all turns; none unless given. */
  system?: string;
  say(role: 'user' | 'assistant', content: string): void;
  /** Takes the last message back. */
  takeBack(): void;
  reset(): void;
  /**
   * The conversation as a prompt. Of one that leaves too little room for an answer the oldest turns are
   * left out, now and later.
   *
   * @throws RangeError when the last turn alone leaves no room; Error of the template.
   */
  prompt(options: PromptOptions): Promise<FittedTurns>;
}

interface PromptOptions {
  readonly renderer: TemplateRenderer;
  readonly encode: (text: string) => TokenPrompt;
  /** Maximum number of tokens of the prompt. */
  readonly room: number;
  /** Further variables of the template. */
  readonly variables: JsonObject;
}

/** A prompt, and how many messages were left out of it that an earlier one had. */
interface FittedTurns {
  readonly prompt: TokenPrompt;
  readonly leftOut: number;
}

/** Begins a conversation. */
export function chatHistory(system?: string): ChatHistory {
  let said: ChatMessage[] = [];
  const history: ChatHistory = {
    get messages() {
      const first =
        history.system === undefined ? [] : [{ role: 'system', content: history.system }];
      return [...first, ...said];
    },
    system,
    say: (role, content) => said.push({ role, content }),
    takeBack: () => said.pop(),
    reset: () => (said = []),
    prompt: async ({ renderer, encode, room, variables }) => {
      for (let leftOut = 0; ;) {
        const conversation: Conversation = { messages: history.messages, variables };
        const { tokens } = encode(await renderer.render(conversation));
        if (tokens.length <= room)
          return { prompt: { tokens, outputStart: tokens.length }, leftOut };
        const next = said.findIndex(({ role }, i) => i > 0 && role === 'user');
        if (next < 0) {
          throw new RangeError(
            `message: expected one that leaves room for an answer, ${room} tokens of the context with its template, got ${tokens.length}`,
          );
        }
        said = said.slice(next);
        leftOut += next;
      }
    },
  };
  return history;
}
