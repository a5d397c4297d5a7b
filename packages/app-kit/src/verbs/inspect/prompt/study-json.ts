import type { PromptStudy } from '@ramble/core';

/** A study as JSON: numbers with six digits, `null` where a token may not look. */
export function studyJson({ scoreTable, attention, ...study }: PromptStudy): object {
  const { scores, masked, weights, ...place } = scoreTable;
  return {
    ...study,
    scoreTable: {
      ...place,
      scores: rounded(scores),
      masked: rounded(masked),
      weights: rounded(weights),
    },
    attention: attention.map((heads) => heads.map(rounded)),
  };
}

function rounded(rows: readonly Float32Array[]): (number | null)[][] {
  return rows.map((row) =>
    Array.from(row, (value) => (value === -Infinity ? null : Number(value.toPrecision(6)))),
  );
}
