import type { AnyApp, OutputScore } from '@ramble/core';
import { counted } from '@ramble/core/files';

import { blameLater, blameNow } from './blame.js';
import { ownParts } from './own-parts.js';
import { partsOf } from './parts-of.js';
import { showValue } from './show-value.js';

type Scoring = NonNullable<AnyApp['scoring']>;

/** The scoring of a module, whose every answer is checked. */
export function checkedScoring(word: string, given: Scoring): Scoring {
  const { promptOf, exampleOf, score, baselines } = ownParts(given);
  return {
    promptOf: (example) =>
      blameNow(`${word}: scoring.promptOf of ${showValue(example)}`, () => promptOf(example)),
    ...(exampleOf && {
      exampleOf: (prompt, reference) =>
        blameNow(`${word}: scoring.exampleOf`, () => exampleOf(prompt, reference)),
    }),
    score: (outputs, examples) => {
      const name = `${word}: scoring.score`;
      const scores = blameNow(name, () => score(outputs, examples));
      checkScores(name, scores);
      return scores;
    },
    ...(baselines && {
      baselines: async (examples, training) => {
        const name = `${word}: scoring.baselines`;
        const found = await blameLater(name, () => baselines(examples, training));
        checkBaselines(name, found, examples.length);
        return found;
      },
    }),
  };
}

function checkScores(name: string, scores: unknown): void {
  const isScore = (each: unknown): boolean => {
    const { name: title, score, signature } = partsOf(each);
    return typeof title === 'string' && typeof score === 'number' && typeof signature === 'string';
  };
  if (!Array.isArray(scores) || scores.length === 0 || !scores.every(isScore)) {
    throw new TypeError(
      `${name}: expected a list of { name, score, signature }, got ${showValue(scores)}`,
    );
  }
  for (const { name: title, score } of scores as OutputScore[]) {
    // as was checked
    if (Number.isFinite(score)) continue;
    throw new RangeError(`${name}: expected a finite number for ${title}, got ${score}`);
  }
}

function checkBaselines(name: string, baselines: unknown, count: number): void {
  if (!Array.isArray(baselines)) {
    throw new TypeError(
      `${name}: expected a list of { name, outputs }, got ${showValue(baselines)}`,
    );
  }
  for (const each of baselines as unknown[]) {
    const { name: title, outputs } = partsOf(each);
    if (typeof title !== 'string' || !Array.isArray(outputs)) {
      throw new TypeError(`${name}: expected { name, outputs }, got ${showValue(each)}`);
    }
    if (outputs.length !== count) {
      throw new RangeError(
        `${name}: expected ${counted(count, 'output')} of ${title}, one per example, got ${outputs.length}`,
      );
    }
  }
}
