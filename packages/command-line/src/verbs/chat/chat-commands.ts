import { writeWhole } from '@ramble/node';

import type { Output } from '../../verb/output.js';
import type { ChatHistory } from './chat-history.js';

/** What a line that begins with / does. */
interface ChatCommand {
  /** What stands after its name, for help. */
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
 * @returns `message` for a line that is none, and what the conversation does after it otherwise.
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
    await output.note(error instanceof Error ? error.message : String(error)); // and the talk goes on
  }
  return 'done';
}

/** The message of a line: one that begins with // begins with /. */
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
