import type { PromptStudy } from '@ramble/core/study';

/**
 * Returns a study of a prompt in which each token attends only to the first token, in every head. The score of the
 * first token is `10 * layer + head`; all other scores are 0.
 */
export function studyOf(length: number, nLayer: number, nHead: number): PromptStudy {
  const rowOf = (score: number, width: number): Float32Array =>
    Float32Array.from({ length: width }, (_, seen) => (seen === 0 ? score : 0));
  const rowsOf = (score: number, width: number): Float32Array[] =>
    Array.from({ length: width }, () => rowOf(score, width));
  const byHead = <T>(make: (layer: number, head: number) => T): T[][] =>
    Array.from({ length: nLayer }, (_, layer) =>
      Array.from({ length: nHead }, (__, head) => make(layer, head)),
    );
  const rows = rowsOf(1, length);
  const study = {
    tokens: Array.from({ length }, (_, token) => ({ token, word: `"${token}"` })),
    attention: byHead(() => rows),
    lastScores: byHead((layer, head) => {
      const scores = rowsOf(10 * layer + head, Math.min(length, 16));
      return { scores, masked: scores, weights: scores };
    }),
    scoreTable: { layer: 1, head: 0 },
  };
  return study as unknown as PromptStudy; // all of it that is used
}
