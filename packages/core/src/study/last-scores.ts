import type { Decoder } from '../model/decoder.js';

import type { Recorder } from './record.js';
import { readScores, SCORE_STEPS, type ScoreTable } from './score-table.js';

/**
 * Records what every head makes of the last tokens of a prompt among themselves: their corner of its
 * table, `tables[layer][head]`. Whole tables of all heads would not fit into memory.
 *
 * @param count - Number of tokens.
 */
export function lastScoresRecorder(decoder: Decoder, count: number): Recorder<ScoreTable[][]> {
  const corners = new Map<string, Float32Array[][]>();
  return {
    watch: (step) => {
      if (!SCORE_STEPS.includes(step.step)) return;
      const heads = readScores(step, decoder);
      corners.set(
        `${step.step} ${step.block}`,
        heads.map((rows) => rows.slice(-count).map((row) => row.slice(-count))),
      );
    },
    result: () =>
      Array.from({ length: decoder.layers.length }, (_, layer) => {
        const [scores, masked, weights] = SCORE_STEPS.map(
          (step) => corners.get(`${step} ${layer}`) ?? [],
        );
        return scores.map((rows, head) => ({
          scores: rows,
          masked: masked[head],
          weights: weights[head],
        }));
      }),
  };
}
