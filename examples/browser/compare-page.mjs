// The page that the test opens: what Node and the browser are to do alike, for the test to call.
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import { encoded, learned } from './compare.mjs';
import { learnedIn } from './compare-domains.mjs';

setWasmPaths(new URL('./', import.meta.url).href);
globalThis.compare = { encoded, learned, learnedIn };
