import { duetFeature, huggingFaceFeature, renderingFeature } from '@ramble/command-line/features';
import { streamOutputFeature } from '@ramble/core/app';

import { APPS } from './built-in.js';

describe('the apps of the command', () => {
  it.each(APPS)('$name has the parts that its entry lists for the help', async (entry) => {
    const app = await entry.load();
    const parts = [streamOutputFeature, huggingFaceFeature, renderingFeature, duetFeature]
      .filter((feature) => feature.of(app) !== undefined)
      .map(({ name }) => name);
    expect([app.name, app.description, parts]).toEqual([
      entry.name,
      entry.description,
      entry.parts,
    ]);
  });
});
