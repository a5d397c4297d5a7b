import { APPS } from './apps.js';

describe('the apps of the command', () => {
  it.each(APPS)('$name has the parts that its entry tells the help', async (entry) => {
    const app = await entry.load();
    const parts = (['streamOutput', 'huggingFace'] as const).filter(
      (part) => app[part] !== undefined,
    );
    expect([app.name, app.description, parts]).toEqual([
      entry.name,
      entry.description,
      entry.parts,
    ]);
  });
});
