import { type ChildProcess, type Serializable, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';

import type { ChatTemplate } from '@ramble/core';

import { readTemplate } from './render-template.js';
import type { Rendered, TemplateThread } from './template-thread.js';
import {
  brokenTemplate,
  refusedConversation,
  type RendererOptions,
  type TemplateRenderer,
  textOf,
  threadRenderer,
} from './thread-renderer.js';

const MEGABYTES = 128;
/** More characters than any context has. */
const MOST_CHARACTERS = 2 ** 22;
/** How a process ends whose heap is full: Node's aborts, which is a status on Windows, and Deno's traps. */
const FULL_HEAP: readonly unknown[] = ['SIGABRT', 134, 'SIGTRAP'];

/**
 * Renders templates as transformers does. A template comes with a model from anywhere, and may loop or grow
 * without end: it runs in a process of its own, which is ended at a limit of time or memory. A worker thread
 * would not do: a list that passes its limit in one allocation ends the whole process.
 *
 * @see https://huggingface.co/docs/transformers/chat_templating
 */
export function createTemplateRenderer(
  template: ChatTemplate,
  options?: RendererOptions,
): TemplateRenderer {
  return threadRenderer(template, startProcess, options);
}

async function startProcess(source: string, timeoutSeconds: number): Promise<TemplateThread> {
  const words = [`--max-old-space-size=${MEGABYTES}`, '--eval', PROGRAM];
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    windowsHide: true,
    // Options of the program that this is part of are not for it.
    env: { ...process.env, NODE_OPTIONS: '' },
    // What the system may write of a process that failed does not land among the user's files.
    cwd: tmpdir(),
  });
  const jinja = createRequire(import.meta.url).resolve('@huggingface/jinja');
  await ask(child, { jinja, source, most: MOST_CHARACTERS, timeoutSeconds });
  return {
    render: async (variables) => {
      hold(child, true);
      try {
        return textOf(await ask(child, variables));
      } finally {
        hold(child, false); // nobody waits for it
      }
    },
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      hold(child, true); // until it has ended
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * The process's program. Its first message says what it renders, each other one what with. One that nobody waits
 * for any more, because the program that asked was killed, ends its loops itself.
 */
const PROGRAM = `
const readTemplate = ${readTemplate.toString()};
const vm = require('node:vm');
process.on('SIGINT', () => {}); // at a terminal it is sent to this process too
process.once('message', ({ jinja, source, most, timeoutSeconds }) => {
  const library = require(jinja);
  let render;
  globalThis.renderNow = () => {
    render ??= readTemplate(library, source);
    const text = render(globalThis.variables);
    if (text.length > most) throw new Error('it made a text of more than ' + most + ' characters');
    return text;
  };
  process.on('message', (variables) => {
    globalThis.variables = variables;
    try {
      process.send({ text: vm.runInThisContext('renderNow()', { timeout: 2000 * timeoutSeconds }) });
    } catch (error) {
      process.send({ error: String(error?.message ?? error).slice(0, 300) });
    }
  });
  process.send({ text: '' }); // it runs
});
`;

/** Whether this program goes on for as long as the process does. */
function hold(child: ChildProcess, isHeld: boolean): void {
  // Bun's channel has no such methods, and needs none.
  const parts: readonly (Partial<Pick<ChildProcess, 'ref' | 'unref'>> | null | undefined)[] = [
    child,
    child.channel,
  ];
  for (const part of parts) {
    if (isHeld) part?.ref?.();
    else part?.unref?.();
  }
}

/** What the process answers to a message. */
function ask(child: ChildProcess, message: Serializable): Promise<Rendered> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      child.off('message', onMessage).off('error', onError).off('exit', onExit);
    };
    const onMessage = (answer: Serializable): void => {
      settle();
      resolve(answer as Rendered);
    };
    const onError = (error: Error | null): void => {
      if (!error) return;
      settle();
      reject(brokenTemplate(`to run, got ${String(error)}`));
    };
    const onExit = (status: number | null, signal: NodeJS.Signals | null): void => {
      settle();
      if (FULL_HEAP.includes(signal ?? status))
        reject(brokenTemplate(`no more than ${MEGABYTES} MB of memory, got more`));
      else reject(brokenTemplate(`to run, got a process that ended with ${signal ?? status}`));
    };
    child.on('message', onMessage).on('error', onError).on('exit', onExit);
    try {
      child.send(message, onError);
    } catch (error) {
      settle();
      reject(refusedConversation(error instanceof Error ? error.message : String(error), error));
    }
  });
}
