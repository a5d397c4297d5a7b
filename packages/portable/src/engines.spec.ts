import { describeEngineConformance } from '@ramble/testing';

import { cpuEngine, wasmEngine } from './engines.js';

// Both engines are in one file, so that their reference results are computed once.
describeEngineConformance(cpuEngine);
describeEngineConformance(wasmEngine);
