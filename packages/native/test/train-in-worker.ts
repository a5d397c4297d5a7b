import { parentPort } from 'node:worker_threads';

import { nativeEngine } from '../src/engine.js';
import { firstLosses } from './train-steps.js';

await nativeEngine.load();
parentPort?.postMessage(await firstLosses(2, 20));
