import { createTemplateRenderer, writeAnswer } from '@ramble/language/chat';
import type { TokenPrompt } from '@ramble/core';
import { streamOutputFeature } from '@ramble/core/app';
import { chatRoom, type ChatTemplate } from '@ramble/core/domain';
import { createScheduler, type Scheduler } from '@ramble/core/sampling';
import type { JsonObject } from '@ramble/core/files';

import { DECODING_FLAGS, type OpenModel, openModel } from '../../model/open-model.js';
import { type DomainCall, type DomainProgram, shellQuoted } from '../../verb/verb.js';
import { InterruptedError, UsageError } from '../../verb/exit-errors.js';
import { type Flags, type FlagValues, REPEATED } from '../../verb/flag.js';
import {
  CONSTRAINT_FLAGS,
  readConstraint,
  TOKEN_RULE_FLAGS,
  withSeed,
} from '../sample/sampling-flags.js';
import { chatLines, type CommandedChat, takeLine } from './chat-commands.js';
import { chatHistory } from './chat-history.js';
import { CHAT_SETTINGS, chatSettings, readSampling } from './chat-settings.js';

const FLAGS = {
  ...DECODING_FLAGS,
  system: {
    kind: 'string',
    basic: true,
    placeholder: 'text',
    derived: "the template's own, if it has one",
    description: 'The system prompt: instructions to the model before the first turn.',
  },
  stop: {
    ...REPEATED,
    placeholder: 'text',
    description: 'A text that ends an answer and is left out of it; repeat the flag for several.',
  },
  templateVariable: {
    ...REPEATED,
    placeholder: 'name=value',
    description:
      'A variable of the chat template, such as enable_thinking=false for Qwen 3; repeat the flag for several.',
  },
  ...CONSTRAINT_FLAGS,
  ...TOKEN_RULE_FLAGS,
} as const satisfies Flags;

export type ChatFlags = FlagValues<typeof FLAGS>;

/**
 * `chat`: holds a conversation with an instruct model by its chat template. Lines are turns, typed at a terminal
 * or read from standard input; answers are printed as they are written.
 */
export const chatProgram: DomainProgram<ChatFlags> = {
  flags: FLAGS,
  settings: () => [{ title: 'Choosing tokens', settings: CHAT_SETTINGS }],
  waitsFor: 'messages',
  run,
};

async function run(given: DomainCall<ChatFlags>): Promise<void> {
  const call = withSeed(given);
  const { flags, output, io } = call;
  const variables = parseVariables(flags.templateVariable ?? []);
  if (flags.stop?.includes('')) throw new UsageError('--stop: expected text, got an empty string');
  readSampling(call.settings); // before the model is read
  const open = await openModel(call);
  const template = templateOf(call, open);
  const { model } = open;
  const chat = {
    ...{ ...open, app: call.app, call, output, variables },
    history: chatHistory(flags.system),
    settings: chatSettings(call.settings, flags, open, await readConstraint(call, open.domain)),
    facts: { model: `${flags.model}, a context of ${model.config.contextLength} tokens` },
    renderer: createTemplateRenderer(template),
    scheduler: createScheduler(model, { batchSize: 1 }),
  };
  if (io.typed) await output.note('/help lists commands; Ctrl-D ends');
  let number = 0;
  for await (const line of chatLines(io)) {
    const next = await takeLine(line, chat);
    if (next === 'quit') return;
    if (next === 'answer') await answer(chat, number++);
  }
}

/** A conversation with everything that answers need: model, scheduler, chat template and its variables. */
interface Chat extends CommandedChat, Pick<OpenModel, 'domain' | 'model'> {
  readonly app: DomainCall<ChatFlags>['app'];
  readonly scheduler: Scheduler;
  readonly call: DomainCall<ChatFlags>;
  readonly renderer: ReturnType<typeof createTemplateRenderer>;
  readonly variables: JsonObject;
}

/**
 * Answers the last message, and prints the answer while it is sampled.
 *
 * @param number - Number of the answer, which makes answers with one seed differ.
 */
async function answer(chat: Chat, number: number): Promise<void> {
  const { call, history, renderer, variables, domain, model, scheduler, output } = chat;
  const { io, flags } = call;
  const { rules } = chat.settings;
  const asTokens = domain.allowSpecialTokens?.() ?? domain;
  const room = chatRoom(model.config.contextLength);
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  try {
    const encode = (text: string): TokenPrompt => asTokens.encodePrompt(text);
    const { prompt, leftOut } = history.prompt({ renderer, encode, room, variables });
    if (leftOut > 0) await output.note(`the context is full: ${leftOut} messages are left out`);
    const stream = streamOutputFeature.of(chat.app)?.(domain);
    if (!stream) throw new Error(`${chat.app.name}: expected outputs that are text, got others`);
    const written = writeAnswer(model, scheduler, stream, prompt, {
      rules,
      number,
      stopTexts: flags.stop ?? [],
      signal: stop.signal,
    });
    let next = await written.next();
    for (; !next.done; next = await written.next()) {
      if (!output.isJson) await output.write(next.value);
    }
    const { text, end, tokens } = next.value;
    history.say('assistant', text);
    if (output.isJson) {
      const { seed } = rules.config;
      await output.printJson({ text, end, promptTokens: prompt.tokens.length, tokens, seed });
    } else if (!text.endsWith('\n')) await output.write('\n');
  } catch (error) {
    history.takeBack();
    if (!io.typed || !(error instanceof Error)) throw error;
    await output.note(error.message); // the conversation continues
  } finally {
    forget();
  }
  if (stop.signal.aborted && !io.typed) throw new InterruptedError('stopped');
}

/**
 * Returns the chat template of a model.
 *
 * @throws Error with a remedy, for a model without a chat template.
 */
function templateOf(
  { app, command, flags }: Pick<DomainCall<ChatFlags>, 'app' | 'command' | 'flags'>,
  { domain, storage }: OpenModel,
): ChatTemplate {
  if (domain.chatTemplate && streamOutputFeature.of(app)) return domain.chatTemplate;
  throw new Error(
    `${storage.name}: expected a model with a chat template, got one without; ` +
      `to continue a prompt use ${command} sample --model ${shellQuoted(flags.model)}, ` +
      `or talk with an instruct model: ramble text chat --model smollm2-135m-instruct`,
  );
}

/** Parses variables of the chat template, such as `enable_thinking=false`. A value that is not JSON is a string. */
function parseVariables(words: readonly string[]): JsonObject {
  const entries = words.map((word): [string, unknown] => {
    const [, name = '', value = ''] = /^([^=]+)=([^]*)$/.exec(word) ?? [];
    if (name === '') {
      throw new UsageError(`--template-variable: expected name=value, got ${word}`);
    }
    return [name, parseValue(value)];
  });
  return Object.fromEntries(entries);
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
