import OpenAI from 'openai';

import { chatWhales } from '../../test/chat-app.js';
import { serveWhale, type Whale } from '../../test/serve-whale.js';
import { type Server, startServer } from '../start-server.js';

let whale: Whale;
let talker: Whale;
let both: Server;
let client: OpenAI;
beforeAll(async () => {
  whale = await serveWhale();
  talker = await serveWhale({}, { domain: chatWhales, nLayer: 2 });
  both = await startServer([whale.served, { ...talker.served, id: 'talker' }], { port: 0 });
  client = new OpenAI({ baseURL: `${both.url}/v1`, apiKey: 'any', maxRetries: 0 });
});
afterAll(() => Promise.all([both, whale, talker].map((server) => server.close())));

const call = { prompt: 'call me', max_tokens: 6, seed: 7 };
const messages = [{ role: 'user' as const, content: 'call me' }];

describe('a server of several models', () => {
  it('lists all of them, and marks the one for requests that name none', async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(['whale', 'talker']);
    expect(await client.models.retrieve('talker')).toEqual(data[1]);
    expect(await (await fetch(`${both.url}/health`)).json()).toMatchObject({ model: 'whale' });
  });

  it("answers each request by the model that it names, with that model's output", async () => {
    const textOf = async (from: OpenAI, model: string): Promise<string> =>
      (await from.completions.create({ ...call, model })).choices[0].text;
    expect(await textOf(client, 'whale')).toBe(await textOf(whale.client, 'whale'));
    expect(await textOf(client, 'talker')).toBe(await textOf(talker.client, 'whale'));
    expect(await textOf(client, 'talker')).not.toBe(await textOf(client, 'whale'));
    const unnamed = await fetch(`${both.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call),
    });
    expect(await unnamed.json()).toMatchObject({ model: 'whale' });
  });

  it('chats with the model that has a template', async () => {
    const chat = { messages, max_tokens: 3 };
    expect(await client.chat.completions.create({ ...chat, model: 'talker' })).toMatchObject({
      model: 'talker',
    });
    await expect(client.chat.completions.create({ ...chat, model: 'whale' })).rejects.toThrow(
      'model: expected one with a chat template, got whale',
    );
  });

  it('refuses others by name', async () => {
    await expect(client.completions.create({ ...call, model: 'shark' })).rejects.toMatchObject({
      status: 404,
      message: '404 model: expected one of whale, talker, got shark',
    });
  });

  it('counts the sequences of all models', async () => {
    const metrics = await (await fetch(`${both.url}/metrics`)).text();
    expect(metrics).toContain('\nramble_sequences_running 0\n');
  });
});
