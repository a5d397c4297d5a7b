import { describeEngineConformance } from '@ramble/testing';

import { cpuEngine } from './cpu-engine.js';

describeEngineConformance(cpuEngine);
