// A worker that opens the model it is told of, and tells what the Explorer's calls answer about it.
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
