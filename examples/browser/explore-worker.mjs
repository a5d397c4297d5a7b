// A worker that opens the model it is told of first, and then answers the Explorer's calls.
import { answerMessages } from '@ramble/explorer';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import { openCalls } from './explore.mjs';

setWasmPaths(new URL('./', import.meta.url).href);
globalThis.addEventListener(
  'message',
  async ({ data: { id, addresses } }) => {
    const files = {};
    for (const [path, address] of Object.entries(addresses)) {
      files[path] = new Uint8Array(await (await fetch(address)).arrayBuffer());
    }
    answerMessages(globalThis, await openCalls(id, files));
    globalThis.postMessage('open');
  },
  { once: true },
);
