// The page that the test opens: what Node and the browser are to do alike, for the test to call.
import { askMessages } from '@ramble/explorer';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import { encoded, learned } from './compare.mjs';
import { learnedIn } from './compare-domains.mjs';
import { answersOf } from './explore.mjs';

setWasmPaths(new URL('./', import.meta.url).href);
globalThis.compare = { encoded, learned, learnedIn, explored };

/** What a worker answers about a model whose files lie at some addresses. */
async function explored(id, addresses) {
  const worker = new Worker(new URL('explore-worker.js', import.meta.url), { type: 'module' });
  const opened = new Promise((resolve, reject) => {
    worker.addEventListener('message', resolve, { once: true });
    worker.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true });
  });
  worker.postMessage({ id, addresses });
  await opened;
  return answersOf(id, askMessages(worker));
}
