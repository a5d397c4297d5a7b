import { withPlainWord } from '@ramble/core/files';
import { plainRows, type PromptStudy, type ScoreTable } from '@ramble/core/study';

/** Converts a study to JSON: numbers with six digits, `null` for masked attention. */
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
    attention: attention.map((heads) => heads.map(plainRows)),
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
    scores: plainRows(scores),
    masked: plainRows(masked),
    weights: plainRows(weights),
  };
}
