// The page that the test opens: what Node and the browser are to do alike, for the test to call.
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import { encoded, learned } from './compare.mjs';
import { learnedIn } from './compare-domains.mjs';

setWasmPaths(new URL('./', import.meta.url).href);
globalThis.compare = { encoded, learned, learnedIn, explored };

/** What a worker answers about a model whose files lie at some addresses. */
function explored(id, addresses) {
  const worker = new Worker(new URL('explore-worker.js', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(JSON.parse(data)));
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    worker.postMessage({ id, addresses });
  });
}
