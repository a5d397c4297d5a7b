import type { AskedApp } from '@ramble/core';
import {
  type Chorale,
  choraleFactory,
  choraleNotes,
  choraleSheet,
  parseChorales,
} from '@ramble/music';

import { showNotes } from './show-notes.js';

/** Chorales to go on from, and what a model that is there composes. */
export const askedChorales: AskedApp<Chorale, Chorale, Chorale, object> = {
  name: 'chorales',
  description: 'Chorales in four parts, on a grid of sixteenths.',
  factory: choraleFactory,
  packing: 'pieces',
  readPrompt: (content) => (content.length === 0 ? [] : readOne('prompt', content)),
  readOutput: (content) => readOne('output', content),
  showOutput: (chorale, extension) =>
    showNotes(choraleNotes(chorale), () => choraleSheet(chorale), extension),
};

/** A single chorale, a list of steps. */
function readOne(name: string, content: Uint8Array): Chorale {
  const [chorale] = parseChorales(name, `[${new TextDecoder().decode(content)}]`);
  return chorale;
}
