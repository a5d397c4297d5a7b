import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { randomAt } from '@ramble/core';

import type { Attack, AttackSetup, Attempt } from './attack.js';
import { attempt } from './attempt.js';
import { expectAnswer, RECEIVE_SECONDS, type SmallServer, smallServer } from './small-server.js';

/** Clients that send a byte now and then, do not read, or leave in the middle. */
export const slowClients: Attack = {
  name: 'slow clients',
  promise: 'They are cut off in bounded time and keep no slot, and others are answered meanwhile.',
  tries: { small: 9, full: 120 },
  attempts,
};

const KINDS = ['writes slowly', 'does not read', 'leaves'] as const;
const WITHIN_MS = 10_000;
const LONG = '{"prompt":"Call me","n":16,"max_tokens":100000,"logprobs":5,"stream":true}';

async function* attempts({ tries, seed }: AttackSetup): AsyncGenerator<Attempt> {
  const server = await smallServer();
  try {
    for (let turn = 0; turn < tries; turn++) {
      const uniform = randomAt({ seed, purpose: 'sample', step: turn }).uniform(0);
      const kind = KINDS[turn % KINDS.length];
      yield await attempt(`${kind}, ${uniform.toFixed(2)}`, async () => {
        await (kind === 'writes slowly'
          ? writeSlowly(server, uniform)
          : stopReading(server, kind === 'leaves', uniform));
        if (server.failures.length > 0) throw new Error(`log: got ${server.failures.join('; ')}`);
      });
    }
  } finally {
    await server.close();
  }
}

function requestOf(body: string): string {
  const head = 'POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json';
  return `${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

async function open({ port }: SmallServer): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined); // the server cuts it off
  await once(socket, 'connect');
  return socket;
}

/** Sends a part of a request at once and the rest byte by byte, until the server ends the connection. */
async function writeSlowly(server: SmallServer, share: number): Promise<void> {
  const socket = await open(server);
  const whole = requestOf(LONG);
  let sent = Math.floor(share * (whole.length - 1));
  socket.write(whole.slice(0, sent));
  const closed = once(socket.resume(), 'close', { signal: AbortSignal.timeout(WITHIN_MS) });
  const timer = setInterval(
    () => sent < whole.length - 1 && socket.writable && socket.write(whole[sent++]),
    1000 * RECEIVE_SECONDS * 0.3,
  );
  try {
    await expectAnswer(server);
    await closed;
  } finally {
    clearInterval(timer);
    socket.destroy();
  }
}

/** Requests a long stream and does not read it, or disconnects after a little. Its slots must then be free. */
async function stopReading(server: SmallServer, leaves: boolean, share: number): Promise<void> {
  const socket = await open(server);
  socket.write(requestOf(LONG));
  if (leaves) await once(socket, 'data');
  socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 300 * share));
  if (leaves) socket.destroy();
  try {
    await expectAnswer(server, 2 * WITHIN_MS + 5_000); // the server gives a stalled reader twenty seconds
  } finally {
    socket.destroy();
  }
  await untilFree(server);
}

async function untilFree({ url }: SmallServer): Promise<void> {
  const end = performance.now() + WITHIN_MS;
  while (performance.now() < end) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    if (metrics.includes('\nramble_sequences_running 0\n')) return;
  }
  throw new Error(`slots: expected all of them free within ${WITHIN_MS} ms, got some taken`);
}
