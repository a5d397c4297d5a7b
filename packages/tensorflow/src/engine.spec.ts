import { describeEngineConformance } from '@ramble/testing';

import { describeOnEngine } from '../test/describe-on-engine.js';
import { tensorflow } from './engine.js';

describeOnEngine('conformance', () => describeEngineConformance(tensorflow));
