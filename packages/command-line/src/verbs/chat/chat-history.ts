import { fileLines, type TokenPrompt } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';
import type { ChatMessage, TemplateRenderer } from '@ramble/language/chat';
import { writeWhole } from '@ramble/node';

import type { Io } from '../../verb/io.js';
import type { Output } from '../../verb/output.js';

/** Messages of a conversation, and its system prompt. */
export interface ChatHistory {
  readonly messages: readonly ChatMessage[];
  /** Text before all turns; none unless given. */
  system?: string;
  say(role: 'user' | 'assistant', content: string): void;
  /** Removes the last message and returns it. */
  takeBack(): void;
  reset(): void;
  /**
   * Renders the conversation as a prompt. If it leaves too little space for an answer, the oldest turns are
   * removed for good.
   *
   * @throws RangeError if even the last turn, or the system prompt, leaves no space; Error of the template.
   */
  prompt(options: PromptOptions): FittedTurns;
}

interface PromptOptions {
  readonly renderer: TemplateRenderer;
  readonly encode: (text: string) => TokenPrompt;
  /** Maximum number of tokens of the prompt. */
  readonly room: number;
  /** Other variables of the chat template. */
  readonly variables: JsonObject;
}

/** A prompt, and the number of messages that were removed since the previous one. */
interface FittedTurns {
  readonly prompt: TokenPrompt;
  readonly leftOut: number;
}

/** Begins a conversation. */
export function chatHistory(system?: string): ChatHistory {
  let turns: ChatMessage[] = [];
  const history: ChatHistory = {
    get messages() {
      const first =
        history.system === undefined ? [] : [{ role: 'system', content: history.system }];
      return [...first, ...turns];
    },
    system,
    say: (role, content) => turns.push({ role, content }),
    takeBack: () => turns.pop(),
    reset: () => (turns = []),
    prompt: ({ renderer, encode, room, variables }) => {
      const tokensOf = (messages: readonly ChatMessage[]): TokenPrompt['tokens'] =>
        encode(renderer.render({ messages, variables })).tokens;
      for (let leftOut = 0; ;) {
        const tokens = tokensOf(history.messages);
        if (tokens.length <= room)
          return { prompt: { tokens, outputStart: tokens.length }, leftOut };
        const next = turns.findIndex(({ role }, i) => i > 0 && role === 'user');
        if (next < 0) {
          // A template may refuse a conversation without a turn, but accepts an empty turn.
          const emptied = history.messages.map((message) =>
            message.role === 'system' ? message : { ...message, content: '' },
          );
          const { length } = history.system === undefined ? [] : tokensOf(emptied);
          throw length > room ? longSystem(room, length) : longMessage(room, tokens.length);
        }
        turns = turns.slice(next);
        leftOut += next;
      }
    },
  };
  return history;
}

function longSystem(room: number, got: number): RangeError {
  return new RangeError(
    `system: expected a prompt that leaves room for a message and an answer, below ${room} tokens of the context with its template, got ${got}; use a shorter one`,
  );
}

function longMessage(room: number, got: number): RangeError {
  return new RangeError(
    `message: expected one that leaves room for an answer, ${room} tokens of the context with its template, got ${got}`,
  );
}

/** Command of a chat: a line that begins with /. */
interface ChatCommand {
  /** Words after its name, for help. */
  readonly operand?: string;
  readonly help: string;
  run(history: ChatHistory, rest: string, output: Output): Promise<void>;
}

const COMMANDS: Readonly<Record<string, ChatCommand>> = {
  '/reset': {
    help: 'Forgets all turns; the system prompt stays.',
    run: async (history, _, output) => {
      history.reset();
      await output.note('a new conversation');
    },
  },
  '/system': {
    operand: '[text]',
    help: 'Sets the system prompt, or takes it away.',
    run: async (history, rest, output) => {
      history.system = rest === '' ? undefined : rest;
      await output.note(rest === '' ? 'no system prompt' : 'the system prompt is set');
    },
  },
  '/save': {
    operand: '<file>',
    help: 'Writes the conversation to a file, as a line of JSON with its messages.',
    run: async ({ messages }, file, output) => {
      if (file === '') {
        await output.note('/save: expected the name of a file, got none');
        return;
      }
      const line = `${JSON.stringify({ messages })}\n`;
      await writeWhole(file, async (handle) => {
        await handle.write(line);
      });
      const count = messages.length === 1 ? '1 message' : `${messages.length} messages`;
      await output.note(`${file}: ${count}`);
    },
  },
  '/help': {
    help: 'Lists these commands.',
    run: async (_, __, output) => {
      for (const line of helpLines()) await output.note(line);
    },
  },
  '/quit': { help: 'Ends the program, as Ctrl-D does.', run: () => Promise.resolve() },
};

/**
 * Runs a line that is a command.
 *
 * @returns `message` for any other line, else the next action of the conversation.
 */
export async function runChatCommand(
  line: string,
  history: ChatHistory,
  output: Output,
): Promise<'message' | 'done' | 'quit'> {
  if (!line.startsWith('/') || line.startsWith('//')) return 'message';
  const [, name = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(line.trim()) ?? [];
  if (name === '/quit') return 'quit';
  if (!Object.hasOwn(COMMANDS, name)) {
    await output.note(`${name}: unknown command. /help lists the commands`);
    return 'done';
  }
  try {
    await COMMANDS[name].run(history, rest, output);
  } catch (error) {
    await output.note(error instanceof Error ? error.message : String(error)); // the conversation continues
  }
  return 'done';
}

/** Returns the message of a line; // at its beginning becomes /. */
export function messageOf(line: string): string {
  return line.startsWith('//') ? line.slice(1) : line;
}

function helpLines(): string[] {
  const names = Object.entries(COMMANDS).map(([name, { operand, help }]) => {
    return [operand === undefined ? name : `${name} ${operand}`, help] as const;
  });
  const width = Math.max(...names.map(([name]) => name.length));
  return [
    ...names.map(([name, help]) => `${name.padEnd(width)}  ${help}`),
    'Ctrl-C stops an answer. A message that begins with / is typed with //.',
    'A pasted text of several lines is one message, with ⏎ for its line ends.',
  ];
}

/** Yields the lines of a conversation: typed at a terminal, or read from standard input. */
export async function* chatLines(io: Pick<Io, 'typed' | 'stdin'>): AsyncGenerator<string> {
  if (!io.typed) {
    yield* fileLines({ name: 'standard input', chunks: () => io.stdin });
    return;
  }
  for (;;) {
    const line = await io.typed.read('> ');
    if (line === undefined) return;
    yield line;
  }
}
