import type { ModelConfig } from '@ramble/core';

import type { Recorder } from './record.js';
import type { ScoreTable } from './score-table.js';
import { tokenRows } from './token-rows.js';

const STEP = /^blocks\.(\d+)\.attention\.(scores|masked|weights)$/;

/**
 * Records what every head makes of the last tokens of a prompt among themselves: their corner of its
 * table, `tables[layer][head]`. Whole tables of all heads would not fit into memory.
 *
 * @param count - Number of tokens.
 */
export function lastScoresRecorder(config: ModelConfig, count: number): Recorder<ScoreTable[][]> {
  const corners = new Map<string, Float32Array[][]>();
  return {
    watch: ({ name, value }) => {
      const found = STEP.exec(name);
      if (found === null) return;
      const [, layer, step] = found;
      const of = step === 'weights' ? 'weights' : 'scores';
      const heads = tokenRows(value, of, config, Number(layer));
      corners.set(
        `${step} ${layer}`,
        heads.map((rows) => rows.slice(-count).map((row) => row.slice(-count))),
      );
    },
    result: () =>
      Array.from({ length: config.nLayer }, (_, layer) => {
        const [scores, masked, weights] = ['scores', 'masked', 'weights'].map(
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
