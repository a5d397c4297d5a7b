import { describeEngineConformance } from '@ramble/testing';

import { wasmEngine } from './wasm-engine.js';

describeEngineConformance(wasmEngine);
