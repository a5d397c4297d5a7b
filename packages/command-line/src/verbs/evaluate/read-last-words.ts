import type { AnyApp } from '@ramble/core';

import type { FoundData } from '../../data/find-data.js';
import { readData } from '../../data/read-data.js';
import type { lastWordFeature } from './evaluate-features.js';

type Split = NonNullable<ReturnType<typeof lastWordFeature.of>>;
type LastWord = NonNullable<ReturnType<Split>>;

/**
 * The last word of each document, and what comes before it.
 *
 * @throws Error that names the file and the document that has no two words.
 */
export async function* readLastWords(
  app: AnyApp,
  split: Split,
  found: FoundData,
): AsyncGenerator<LastWord> {
  for (const file of found.files) {
    let number = 1;
    for await (const example of readData(app, { files: [file] })) {
      const last = splitAt(`${file.name}, document ${number}`, () => split(example));
      if (!last) continue; // others follow that belong to its document
      yield last;
      number++;
    }
  }
}

function splitAt(place: string, split: () => LastWord | undefined): LastWord | undefined {
  try {
    return split();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${place}: ${reason.replace(/^text: /, '')}`, { cause: error });
  }
}
