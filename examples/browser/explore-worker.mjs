// A worker that opens the requested model and returns the answers of the Explorer's calls about it.
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import { answersOf } from './explore.mjs';

setWasmPaths(new URL('./', import.meta.url).href);
globalThis.addEventListener('message', async ({ data: { id, addresses } }) => {
  const files = {};
  for (const [path, address] of Object.entries(addresses)) {
    files[path] = new Uint8Array(await (await fetch(address)).arrayBuffer());
  }
  globalThis.postMessage(JSON.stringify(await answersOf(id, files)));
});
