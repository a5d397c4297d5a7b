import { VERBS } from '@ramble/command-line';
import { duetFeature, huggingFaceFeature, renderingFeature } from '@ramble/command-line/features';
import { streamOutputFeature } from '@ramble/core/app';

import { askHelp } from '../test/ask-help.js';
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

const DECLARED = APPS.flatMap(({ declare, ...entry }) => (declare ? [{ ...entry, declare }] : []));

describe('the declaration of an app', () => {
  it.each(DECLARED)('of $name has what the flags and the help read', async (entry) => {
    const [declared, app] = [await entry.declare(), await entry.load()];
    const names = (features: object = {}): string[] => Object.keys(features).sort();
    expect(names(app.features)).toEqual(expect.arrayContaining(names(declared.features)));
    expect([declared.name, declared.description]).toEqual([app.name, app.description]);
    expect([declared.options, declared.presets]).toEqual([app.options, app.presets]);
    const apps = APPS.map((each) => ({ ...each, declare: undefined }));
    for (const verb of VERBS.ofDomains) {
      const words = [entry.name, verb.name];
      expect(await askHelp(words)).toEqual(await askHelp(words, '--help-all', { apps }));
    }
  });
});
