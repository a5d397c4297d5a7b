import {
  companionFeature,
  helpExamplesFeature,
  outputExtensionsFeature,
} from '@ramble/command-line/features';
import type { App, DataFile } from '@ramble/core';
import { type Chorale, choraleNotes, parseChorales, writeMidi } from '@ramble/music';

import { askedChorales } from './asked-chorales.js';
import { CHORALES_EXAMPLES } from './help-examples.js';
import { readWhole } from './read-whole.js';
import { SHEET_EXTENSIONS } from './show-notes.js';
import { soundOf } from './sound.js';

/** Four-part chorales, as the paper of Music Transformer learns them. */
export const choralesApp: App<Chorale, Chorale, Chorale, object> = {
  ...askedChorales,
  options: {},
  data: { extensions: ['.json'], readExamples },
  features: {
    ...askedChorales.features,
    ...helpExamplesFeature.with(CHORALES_EXAMPLES),
    ...outputExtensionsFeature.with(SHEET_EXTENSIONS),
    ...companionFeature.with(soundOf((chorale: Chorale) => writeMidi(choraleNotes(chorale)))),
  },
};

async function* readExamples(files: readonly DataFile[]): AsyncGenerator<Chorale> {
  for (const file of files) {
    yield* parseChorales(file.name, new TextDecoder().decode(await readWhole(file)));
  }
}
