import { describeEngineConformance } from '@ramble/testing';

import { tensorflow } from './engine.js';

const reason = await tensorflow.check();
if (reason === undefined) {
  describeEngineConformance(tensorflow);
} else {
  process.stderr.write(`\nSKIPPED: every test of the engine tensorflow. ${reason}\n\n`);
  it.skip(`engine tensorflow: ${reason}`, () => undefined);
}
