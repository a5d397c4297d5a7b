import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../../apps/ramble/bin/ramble.js', import.meta.url));

/** A running `ramble explore`. */
export interface ExplorerProgram {
  /** Sends the body of a call with the token of the page. */
  readonly ask: (name: string, body: string, signal: AbortSignal) => Promise<Response>;
  /** Presses Ctrl-C and waits for the end. */
  readonly close: () => Promise<void>;
}

/** Starts the built program on a free port of this machine. */
export async function explorerProgram(words: readonly string[]): Promise<ExplorerProgram> {
  const child = spawn(
    process.execPath,
    [BIN, 'explore', '--port', '0', '--no-open', '--quiet', ...words],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const exit = once(child, 'exit');
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  const [address, token] = url.split('#token=');
  return {
    ask: (name, body, signal) =>
      fetch(`${address}calls/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body,
        signal,
      }),
    close: async () => {
      child.kill('SIGINT');
      await exit;
    },
  };
}
