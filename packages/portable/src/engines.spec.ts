import { describeEngineConformance } from '@ramble/testing';

import { cpuEngine, wasmEngine } from './engines.js';

// In one file, so that what both are held to is computed once.
describeEngineConformance(cpuEngine);
describeEngineConformance(wasmEngine);
