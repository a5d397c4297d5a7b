import type { App, DataFile } from '@ramble/core';
import { type Chorale, choraleFactory, choraleNotes, parseChorales } from '@ramble/music';

import { CHORALES_EXAMPLES } from './help-examples.js';
import { readWhole } from './read-whole.js';
import { NOTE_EXTENSIONS, showNotes } from './show-notes.js';
import { soundOf } from './sound.js';

/** Four-part chorales, as the paper of Music Transformer learns them. */
export const choralesApp: App<Chorale, Chorale, Chorale, object> = {
  name: 'chorales',
  description: 'Chorales in four parts, on a grid of sixteenths.',
  helpExamples: CHORALES_EXAMPLES,
  factory: choraleFactory,
  options: {},
  packing: 'pieces',
  extensions: ['.json'],
  readExamples,
  readPrompt: (content) => (content.length === 0 ? [] : readOne('prompt', content)),
  readOutput: (content) => readOne('output', content),
  showOutput: (chorale, extension) => showNotes(choraleNotes(chorale), extension),
  outputExtensions: NOTE_EXTENSIONS,
  companion: soundOf(choraleNotes),
};

async function* readExamples(files: readonly DataFile[]): AsyncGenerator<Chorale> {
  for (const file of files) {
    yield* parseChorales(file.name, new TextDecoder().decode(await readWhole(file)));
  }
}

/** A single chorale, a list of steps. */
function readOne(name: string, content: Uint8Array): Chorale {
  const [chorale] = parseChorales(name, `[${new TextDecoder().decode(content)}]`);
  return chorale;
}
