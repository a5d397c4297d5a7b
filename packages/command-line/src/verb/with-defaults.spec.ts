import { SAMPLING_SETTINGS } from '@ramble/core';

import { verbCommand } from '../cli/verb-command.js';
import { withDefaults } from './flag.js';

it("shows an app's own defaults in help, and leaves other settings unchanged", () => {
  const settings = withDefaults(SAMPLING_SETTINGS, { method: 'greedy', numBeams: 4 });
  const shape = {
    command: 'x',
    summary: 'X.',
    examples: [],
    operands: [],
    runs: { makesRun: '' },
    flags: {},
  };
  const help = verbCommand({ ...shape, groups: [{ title: 'Drawing', settings }] });
  const text = help.helpInformation().replace(/\s+/g, ' ');
  expect(text).toMatch(/--num-beams <n> [^-]*\(default: 4\)/);
  expect(text).toMatch(/--method <name> [^-]*default: greedy\)/);
  expect(text).toMatch(/--n-best <n> [^-]*\(default: 1\)/);
});
