// The page that the test opens. It offers the functions whose results must be the same in Node and the browser.
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import { encoded, learned } from './compare.mjs';
import { learnedIn } from './compare-domains.mjs';

setWasmPaths(new URL('./', import.meta.url).href);
globalThis.compare = { encoded, learned, learnedIn, explored };

/** Answers of a worker about a model, whose files it loads from the given addresses. */
function explored(id, addresses) {
  const worker = new Worker(new URL('explore-worker.js', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(JSON.parse(data)));
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    worker.postMessage({ id, addresses });
  });
}
