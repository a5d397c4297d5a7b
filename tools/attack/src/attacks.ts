import type { Attack } from './attack.js';
import { clocks } from './clocks.js';
import { flippedSettings, flips, truncations } from './damaged-files.js';
import { foreignLocks } from './foreign-locks.js';
import { fullDisks } from './full-disks.js';
import { killedTunings } from './killed-tunings.js';
import { kills } from './kills.js';
import { hugeNumbers, mutants } from './mutants/mutants.js';
import { pageQuestions } from './page-questions.js';
import { readOnlyDisks } from './read-only-disks.js';
import { requests } from './requests.js';
import { foreignLibraries } from './ranks/foreign-libraries.js';
import { rankFaults } from './ranks/rank-faults.js';
import { slowClients } from './slow-clients.js';
import { tokenizers } from './tokenizers/tokenizers.js';

/** All attacks, in the order of the table. */
export const attacks: readonly Attack[] = [
  kills,
  killedTunings,
  truncations,
  flips,
  flippedSettings,
  fullDisks,
  readOnlyDisks,
  clocks,
  requests,
  slowClients,
  pageQuestions,
  mutants,
  hugeNumbers,
  foreignLocks,
  tokenizers,
  ...rankFaults,
  foreignLibraries,
];
