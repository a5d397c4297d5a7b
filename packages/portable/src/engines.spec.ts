import { describeEngineConformance } from '@ramble/testing';

import { cpuEngine } from './cpu-engine.js';
import { wasmEngine } from './wasm-engine.js';

// In one file, so that what both are held to is computed once.
describeEngineConformance(cpuEngine);
describeEngineConformance(wasmEngine);
