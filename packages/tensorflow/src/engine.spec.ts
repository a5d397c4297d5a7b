import { describeEngineConformance } from '@ramble/testing';

import { describeOnEngine } from '../test/describe-on-engine.js';
import { tensorflowEngine } from './engine.js';

describeOnEngine('conformance', () => describeEngineConformance(tensorflowEngine));
