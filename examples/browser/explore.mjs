// The Explorer's calls about the models in examples, on WebAssembly: in Node, or in a worker of a page.
import { explorerCalls } from '@ramble/explorer';
import { musicInference } from '@ramble/music-app/inference';
import { wasmEngine } from '@ramble/portable';
import { loadDomain, loadRun, memoryStorage } from '@ramble/runs';
import { summarizationInference } from '@ramble/summarization-app/inference';
import { translationInference } from '@ramble/translation-app/inference';

const APPS = {
  piano: musicInference,
  'en-fr': translationInference,
  synopses: summarizationInference,
};
const TEXTS = {
  'en-fr': 'Text editor for programmers',
  synopses: 'Ark manages various archive formats, including tar, gzip, bzip2, rar and zip.',
};

/**
 * Opens a model, samples an output, and requests analyses of the model, the prompt and the output.
 *
 * @param {string} model - Name of its folder in examples/models.
 * @param {Readonly<Record<string, Uint8Array>>} files - Files of its run, by their paths in the run.
 */
export async function answersOf(model, files) {
  const { whole, streamed } = await openCalls(model, files);
  const { prompt, tokens } = await whole.encode({ model, text: TEXTS[model] });
  const sampling = { seed: 3, maxNewTokens: 12 };
  const events = [];
  for await (const event of streamed.write({
    model,
    prompt,
    sampling,
    count: 1,
    alternatives: 3,
  })) {
    if (event.kind !== 'done') events.push(event);
  }
  const output = events.flatMap(({ kind, token }) => (kind === 'token' ? [token.id] : []));
  const text = { ...prompt, tokens: [...prompt.tokens, ...output] };
  let study;
  for await (const event of streamed.study({ model, prompt })) {
    if (event.kind === 'study') study = event.study; // other events report progress
  }
  return {
    tokens,
    events,
    models: await whole.models({}),
    artifact: await whole.artifact({ model, prompt, output }),
    next: await whole.next({ model, prompt: text, count: 5 }),
    reading: await whole.reading({ model, prompt: text, alternatives: 2 }),
    study,
    attention: await whole.attention({ model, prompt, layer: 1 }),
    sources: await whole.sources({ model, prompt, output }),
  };
}

async function openCalls(id, files) {
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
