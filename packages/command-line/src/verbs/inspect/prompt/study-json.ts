import type { PromptStudy, ScoreTable } from '@ramble/study';

import { withPlainWord } from '../../../format/unquoted.js';

/** Converts a study to JSON: numbers with six digits, `null` where attention is masked. */
export function studyJson({
  tokens,
  scoreTable,
  attention,
  lens,
  unmasked,
  ...study
}: PromptStudy): object {
  return {
    tokens: tokens.map(withPlainWord),
    ...study,
    lens: lens.map((reading) => ({ ...reading, tokens: reading.tokens.map(withPlainWord) })),
    scoreTable: tableJson(scoreTable),
    attention: attention.map((heads) => heads.map(rounded)),
    ...(unmasked && {
      unmasked: {
        scoreTable: tableJson(unmasked.scoreTable),
        tokens: unmasked.tokens.map(({ ahead, ...next }) => ({
          ahead,
          masked: withPlainWord(next.masked),
          unmasked: withPlainWord(next.unmasked),
        })),
      },
    }),
  };
}

function tableJson({ scores, masked, weights, ...place }: ScoreTable): object {
  return {
    ...place,
    scores: rounded(scores),
    masked: rounded(masked),
    weights: rounded(weights),
  };
}

function rounded(rows: readonly Float32Array[]): (number | null)[][] {
  return rows.map((row) =>
    Array.from(row, (value) => (value === -Infinity ? null : Number(value.toPrecision(6)))),
  );
}
