// The page that the test opens: what `compare.mjs` has, for the test to call.
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import * as compare from './compare.mjs';

setWasmPaths(new URL('./', import.meta.url).href);
globalThis.compare = compare;
