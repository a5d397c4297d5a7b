import { createModel } from '@ramble/core';
import { textDomain } from '@ramble/language';
import { cpuEngine } from '@ramble/portable';
import { type Server, startServer } from '@ramble/server';
import { textApp } from '@ramble/text-app';
import { byteTokenizer, type Tokenizer } from '@ramble/tokenizers';

export const RECEIVE_SECONDS = 0.5;

/** A listening server, and its log lines other than completions. */
export interface SmallServer extends Server {
  readonly port: number;
  readonly failures: readonly string[];
}

/** Starts a server of a tiny model on a free port of this machine. */
export async function smallServer({
  tokenizer = byteTokenizer(),
  receiveTimeoutSeconds = RECEIVE_SECONDS,
}: {
  readonly tokenizer?: Tokenizer;
  readonly receiveTimeoutSeconds?: number;
} = {}): Promise<SmallServer> {
  await cpuEngine.load();
  const domain = textDomain(tokenizer);
  const shape = { vocabSize: domain.vocabulary.size, contextLength: 32, nLayer: 1, nHead: 2 };
  const served = { id: 'small', model: createModel({ ...shape, nEmbd: 12 }), app: textApp, domain };
  const failures: string[] = [];
  const server = await startServer(served, {
    port: 0,
    receiveTimeoutSeconds,
    timeoutSeconds: 20,
    graceSeconds: 1,
    log: (line) => {
      if (!/^completion (200|4\d\d): /.test(line)) failures.push(line);
    },
  });
  return { ...server, port: Number(new URL(server.url).port), failures };
}

/** @throws Error unless an ordinary request is answered in time. */
export async function expectAnswer({ url }: SmallServer, withinMs = 10_000): Promise<void> {
  const response = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"prompt": "Call me", "max_tokens": 2}',
    signal: AbortSignal.timeout(withinMs),
  });
  if (response.status !== 200) throw new Error(`status: expected 200, got ${response.status}`);
  await response.arrayBuffer();
}
