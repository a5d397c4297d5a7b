import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

import { BIN } from './start-ramble.js';

/** A running `ramble explore`. */
export interface StartedExplorer {
  readonly url: string;
  /** Sends a call as the page does, and throws an error of the server. */
  readonly ask: <Answer>(name: string, question?: object) => Promise<Answer>;
  /** Presses Ctrl-C, and waits for the end. */
  readonly stop: () => Promise<number | null>;
}

/** Starts the built program with a page on a free port, as a user would. */
export async function startExplore(
  words: readonly string[],
  folder: string,
): Promise<StartedExplorer> {
  const all = [BIN, 'explore', '--port', '0', '--no-open', ...words];
  const child = spawn(process.execPath, all, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  const [address, token] = url.split('#token=');
  return {
    url,
    ask: async <Answer>(name: string, question: object = {}) => {
      const response = await fetch(`${address}calls/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(question),
      });
      const answer = (await response.json()) as Answer & { error?: { message: string } };
      if (!response.ok) throw new Error(answer.error?.message);
      return answer;
    },
    stop: async () => {
      child.kill('SIGINT');
      return (await exit)[0];
    },
  };
}
