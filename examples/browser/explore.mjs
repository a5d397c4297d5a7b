// The Explorer's calls about the models in examples, on WebAssembly: in Node, or in a worker of a page.
import { explorerCalls } from '@ramble/explorer';
import { askedMusic } from '@ramble/music-app/asked';
import { wasmEngine } from '@ramble/portable';
import { loadDomain, loadRun, memoryStorage } from '@ramble/runs';
import { askedSummarization } from '@ramble/summarization-app/asked';
import { askedTranslation } from '@ramble/translation-app/asked';

const APPS = { piano: askedMusic, 'en-fr': askedTranslation, synopses: askedSummarization };
const TEXTS = {
  'en-fr': 'Text editor for programmers',
  synopses: 'Ark manages various archive formats, including tar, gzip, bzip2, rar and zip.',
};

/**
 * Opens a model.
 *
 * @param {string} id - Name of its folder in examples/models.
 * @param {Readonly<Record<string, Uint8Array>>} files - Those of its run, by their paths in it.
 */
export async function openCalls(id, files) {
  await wasmEngine.load();
  const app = APPS[id];
  const run = await loadRun(memoryStorage(id, files));
  const domain = await loadDomain(run, app.factory);
  const explored = { id, model: run.model, app, domain, engine: wasmEngine.name };
  return explorerCalls({
    list: () => [explored],
    find: (name) => (name === id ? explored : undefined),
  });
}

/**
 * Asks a model for an output and all about it.
 *
 * @param {string} model
 * @param {import('@ramble/explorer').AskedCalls} asked
 */
export async function answersOf(model, { call, stream }) {
  const { prompt, tokens } = await call('encode', { model, text: TEXTS[model] });
  const sampling = { seed: 3, maxNewTokens: 12 };
  const events = [];
  for await (const event of stream('write', { model, prompt, sampling, count: 1, rivals: 3 })) {
    if (event.kind !== 'done') events.push(event);
  }
  const output = events.flatMap(({ kind, token }) => (kind === 'token' ? [token.id] : []));
  const whole = { ...prompt, tokens: [...prompt.tokens, ...output] };
  return {
    tokens,
    events,
    models: await call('models', {}),
    artifact: await call('artifact', { model, prompt, output }),
    next: await call('next', { model, prompt: whole, count: 5 }),
    reading: await call('reading', { model, prompt: whole, rivals: 2 }),
    study: await call('study', { model, prompt }),
    attention: await call('attention', { model, prompt, layer: 1 }),
    sources: await call('sources', { model, prompt, output }),
  };
}
