import { fileLines } from '@ramble/core';
import { nearestName } from '@ramble/core/app';
import { messageOf } from '@ramble/core/files';
import { writeWhole } from '@ramble/node';

import type { Io } from '../../verb/io.js';
import type { Output } from '../../verb/output.js';
import type { ChatHistory } from './chat-history.js';
import type { ChatSettings } from './chat-settings.js';

/** State of a chat that its commands, such as `/set`, read and change. */
export interface CommandedChat {
  readonly history: ChatHistory;
  readonly settings: ChatSettings;
  readonly output: Output;
  /** Facts about the model by their names, for `/show`. */
  readonly facts: Readonly<Record<string, string>>;
}

/** The next action of a chat after a line: to answer, to read the next line, or to end. */
export type NextAction = 'answer' | 'read' | 'quit';

/** Command of a chat: a line that begins with /. */
interface ChatCommand {
  /** Placeholder of the text after the command's name, for help: `<file>`. */
  readonly operand?: string;
  readonly help: string;
  /**
   * Runs the command. `rest` is the text after its name. A result of `undefined` means to read the next line.
   *
   * @throws Error whose message is shown to the user.
   */
  run(chat: CommandedChat, rest: string): Promise<NextAction | undefined>;
}

const COMMANDS: Readonly<Record<string, ChatCommand>> = {
  '/retry': {
    help: 'Answers the last message again, with other random numbers.',
    run: ({ history }) => {
      if (!history.takeBackAnswer()) throw new Error('/retry: there is no message to answer yet');
      return Promise.resolve('answer');
    },
  },
  '/reset': {
    help: 'Forgets all turns; the system prompt stays.',
    run: async ({ history, output }) => {
      history.reset();
      await output.note('a new conversation');
      return undefined;
    },
  },
  '/system': {
    operand: '[text]',
    help: 'Sets the system prompt, or takes it away.',
    run: async ({ history, output }, rest) => {
      history.system = rest === '' ? undefined : rest;
      await output.note(rest === '' ? 'no system prompt' : 'the system prompt is set');
      return undefined;
    },
  },
  '/set': {
    operand: '<name> <value>',
    help: 'Changes how tokens are chosen: /set temperature 0.5',
    run: async ({ settings, output }, rest) => {
      const [, name, value] = /^(?:parameter\s+)?(\S*)\s*([^]*)$/.exec(rest) ?? [];
      await output.note(settings.set(name, value.trim()));
      return undefined;
    },
  },
  '/show': {
    help: 'Shows the model, the system prompt and how tokens are chosen.',
    run: async ({ history, settings, facts, output }) => {
      const { system = 'none', messages } = history;
      const all = { ...facts, system, messages: String(messages.length), ...settings.shown() };
      const width = Math.max(...Object.keys(all).map(({ length }) => length));
      for (const [name, value] of Object.entries(all)) {
        await output.note(`${name.padEnd(width)}  ${value}`);
      }
      return undefined;
    },
  },
  '/save': {
    operand: '<file>',
    help: 'Writes the conversation to a file, as a line of JSON with its messages.',
    run: async ({ history: { messages }, output }, file) => {
      if (file === '') throw new Error('/save: expected the name of a file, got none');
      const line = `${JSON.stringify({ messages })}\n`;
      await writeWhole(file, async (handle) => {
        await handle.write(line);
      });
      const count = messages.length === 1 ? '1 message' : `${messages.length} messages`;
      await output.note(`${file}: ${count}`);
      return undefined;
    },
  },
  '/help': {
    help: 'Lists these commands.',
    run: async ({ output }) => {
      for (const line of helpLines()) await output.note(line);
      return undefined;
    },
  },
  '/quit': { help: 'Ends the program, as Ctrl-D does.', run: () => Promise.resolve('quit') },
};

/** Chat commands of other programs, each with the command of ramble that does the same. */
const FOREIGN: Readonly<Record<string, string>> = {
  ...{ '/bye': '/quit', '/exit': '/quit', '/q': '/quit' },
  ...{ '/clear': '/reset', '/new': '/reset', '/regen': '/retry', '/regenerate': '/retry' },
  ...{ '/?': '/help', '/parameters': '/show', '/info': '/show' },
};

/** Matches a line that ends the chat in other programs. In ramble it is a message to the model. */
const LEAVING = /^\s*(exit|quit|bye)\s*$/i;

/**
 * Reads a line of a chat: a message, which is added to the history, or a command, which is run. Errors of a command
 * are printed, and the conversation continues.
 */
export async function takeLine(line: string, chat: CommandedChat): Promise<NextAction> {
  const isMessage = !line.startsWith('/') || line.startsWith('//');
  if (isMessage) {
    if (line.trim() === '') return 'read';
    chat.history.say('user', line.startsWith('//') ? line.slice(1) : line);
    if (LEAVING.test(line)) {
      await chat.output.note(`"${line.trim()}" is a message to the model; /quit ends the chat`);
    }
    return 'answer';
  }
  const [, name = '', rest = ''] = /^(\S+)\s*([^]*)$/.exec(line.trim()) ?? [];
  try {
    if (!Object.hasOwn(COMMANDS, name)) throw unknownCommand(name);
    return (await COMMANDS[name].run(chat, rest)) ?? 'read';
  } catch (error) {
    await chat.output.note(messageOf(error));
    return 'read';
  }
}

function unknownCommand(name: string): Error {
  const known = Object.keys(COMMANDS);
  const meant = Object.hasOwn(FOREIGN, name) ? FOREIGN[name] : nearestName(name, known);
  const hint = meant === undefined ? '/help lists the commands' : `Did you mean ${meant}?`;
  return new Error(`${name}: unknown command. ${hint}`);
}

function helpLines(): string[] {
  const names = Object.entries(COMMANDS).map(([name, { operand, help }]) => {
    return [operand === undefined ? name : `${name} ${operand}`, help] as const;
  });
  const width = Math.max(...names.map(([name]) => name.length));
  return [
    ...names.map(([name, help]) => `${name.padEnd(width)}  ${help}`),
    'Ctrl-C stops an answer. A message that begins with / is typed with //.',
    'A message of several lines begins and ends with """. A pasted text of several lines is one message.',
  ];
}

/** Mark at the beginning and the end of a message that has several lines. */
const FENCE = '"""';

/**
 * Yields the messages and commands of a conversation, typed at a terminal or read from standard input. Each is one
 * line, except that the lines from a `"""` at the beginning of a line to the next `"""` at the end of a line are one
 * message. A `/` at the beginning of a message with `"""` is doubled, so that `takeLine` does not take it for a
 * command. Ctrl-D discards a message whose closing `"""` is missing.
 *
 * @throws Error if standard input ends before the closing `"""` of a message.
 */
export async function* chatLines(io: Pick<Io, 'typed' | 'stdin'>): AsyncGenerator<string> {
  const { typed } = io;
  const piped = fileLines({ name: 'standard input', chunks: () => io.stdin })[
    Symbol.asyncIterator
  ]();
  const read = async (prompt: string): Promise<string | undefined> => {
    if (typed) return typed.read(prompt);
    const next: IteratorResult<string, unknown> = await piped.next();
    return next.done === true ? undefined : next.value;
  };
  for (;;) {
    let line = await read('> ');
    if (line === undefined) return;
    const isFenced = line.startsWith(FENCE);
    while (isFenced && line !== undefined && !isClosed(line)) {
      const next: string | undefined = await read('... ');
      if (next === undefined && !typed) {
        throw new Error(
          `standard input: expected ${FENCE} after the message that begins with it, got its end`,
        );
      }
      line = next === undefined ? undefined : `${line}\n${next}`;
    }
    if (line !== undefined) yield isFenced ? withoutFences(line) : line;
  }
}

/** Whether a text that begins with `"""` ends with another one. */
function isClosed(text: string): boolean {
  return text.trimEnd().endsWith(FENCE) && text.trimEnd().length >= 2 * FENCE.length;
}

function withoutFences(text: string): string {
  const inner = text.trimEnd().slice(FENCE.length, -FENCE.length);
  return inner.replace(/^\n|\n$/g, '').replace(/^\//, '//');
}
