import { EventEmitter, once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { httpTransport, isTokenAccepted } from './transport.js';

/** A server that answers by a listener, and a transport that calls it. */
async function served(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const lost: (number | undefined)[] = [];
  const losses = new EventEmitter();
  const transport = httpTransport({
    base: `http://127.0.0.1:${port}/calls/`,
    token: 'secret',
    onLost: (seconds) => {
      lost.push(seconds);
      losses.emit('lost');
    },
  });
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { transport, lost, losses, close, port };
}

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const event of events) found.push(event);
  return found;
}

const WRITE = { model: 'book', prompt: { tokens: [1] }, sampling: {}, count: 1, alternatives: 0 };
const LOST = 'The server ended before the output did. What was written stays.';

describe('httpTransport', () => {
  it('posts the question with the token, and gives the answer', async () => {
    const { transport, close } = await served((request, response) => {
      const { method, url, headers } = request;
      response.end(JSON.stringify({ method, url, token: headers.authorization }));
    });
    expect(await transport.call('models', {})).toEqual({
      method: 'POST',
      url: '/calls/models',
      token: 'Bearer secret',
    });
    await close();
  });

  it("throws the server's error", async () => {
    const { transport, close } = await served((_request, response) => {
      response.statusCode = 400;
      response.end('{ "error": { "message": "layer: expected 0 to 3, got 9" } }');
    });
    await expect(transport.call('models', {})).rejects.toMatchObject({
      name: 'CallError',
      message: 'layer: expected 0 to 3, got 9',
      status: 400,
    });
    await close();
  });

  it('gives advice on a wrong token, and on an answer that is not JSON', async () => {
    let status = 401;
    const { transport, close } = await served((_request, response) => {
      response.statusCode = status;
      response.end('<html>');
    });
    await expect(transport.call('models', {})).rejects.toThrow(
      'The server does not accept the token of this page. Open the address that ramble explore printed, with its token.',
    );
    status = 502;
    await expect(transport.call('models', {})).rejects.toThrow(
      'The server answered with status 502.',
    );
    await close();
  });

  it('retries a server that is gone, and reports when it is back', async () => {
    const first = await served((_request, response) => void response.end('[]'));
    await first.close();
    const server = createServer((_request, response) => void response.end('["book"]'));
    const asked = first.transport.call('models', {});
    await once(first.losses, 'lost');
    server.listen(first.port, '127.0.0.1');
    expect(await asked).toEqual(['book']);
    expect(first.lost).toEqual([1, undefined]);
    server.closeAllConnections();
    server.close();
  });

  it('yields events as they arrive, even if they are cut in the middle', async () => {
    const { transport, close } = await served((_request, response) => {
      response.write('{"kind":"slide","output":0,"kept":3}\n{"kind":"do');
      setImmediate(() => response.end('ne","tokens":3,"seconds":1}\n'));
    });
    const events = await all(transport.stream('write', WRITE, new AbortController().signal));
    expect(events).toEqual([
      { kind: 'slide', output: 0, kept: 3 },
      { kind: 'done', tokens: 3, seconds: 1 },
    ]);
    await close();
  });

  it('throws an error that is the last event, and reports a stream that breaks off', async () => {
    let isBroken = false;
    const { transport, close } = await served((_request, response) => {
      response.write('{"kind":"slide","output":0,"kept":3}\n');
      if (isBroken) setImmediate(() => response.destroy());
      else response.end('{"kind":"error","message":"model: expected book, got none"}\n');
    });
    const ask = () => all(transport.stream('write', WRITE, new AbortController().signal));
    await expect(ask()).rejects.toThrow('model: expected book, got none');
    isBroken = true;
    await expect(ask()).rejects.toThrow(LOST);
    await close();
  });

  it('ends a stream that is given up', async () => {
    const { transport, close } = await served((_request, response) => {
      response.write('{"kind":"slide","output":0,"kept":3}\n');
    });
    const abort = new AbortController();
    const events = transport.stream('write', WRITE, abort.signal)[Symbol.asyncIterator]();
    await events.next();
    abort.abort();
    await expect(events.next()).rejects.toMatchObject({ name: 'AbortError' });
    await close();
  });
});

describe('isTokenAccepted', () => {
  it("is the server's verdict on the token", async () => {
    const { port, close } = await served(({ headers }, response) => {
      response.statusCode = headers.authorization === 'Bearer good' ? 200 : 401;
      response.end('[]');
    });
    const base = `http://127.0.0.1:${port}/calls/`;
    expect(await isTokenAccepted({ base, token: 'good' })).toBe(true);
    expect(await isTokenAccepted({ base, token: 'old' })).toBe(false);
    await close();
  });

  it('is false, after one request, when the server is gone or does not answer in time', async () => {
    let requests = 0;
    const { port, close } = await served(() => {
      requests++;
    });
    const server = { base: `http://127.0.0.1:${port}/calls/`, token: 'secret' };
    expect(await isTokenAccepted(server, 1000)).toBe(false); // a busy machine takes a while to connect
    expect(requests).toBe(1);
    await close();
    expect(await isTokenAccepted(server)).toBe(false);
  });
});
