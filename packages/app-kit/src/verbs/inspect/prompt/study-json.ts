import type { PromptStudy, ScoreTable } from '@ramble/core';

/** A study as JSON: numbers with six digits, `null` where a token may not look. */
export function studyJson({ scoreTable, attention, unmasked, ...study }: PromptStudy): object {
  return {
    ...study,
    scoreTable: tableJson(scoreTable),
    attention: attention.map((heads) => heads.map(rounded)),
    ...(unmasked && {
      unmasked: { ...unmasked, scoreTable: tableJson(unmasked.scoreTable) },
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
