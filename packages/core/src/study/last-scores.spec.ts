import { golden } from '@ramble/node/testing';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { lastScoresRecorder } from './source-attention.js';
import { record, scoreTable } from './score-table.js';

const prompt = { tokens: golden.inputIds[0] };

describe('lastScoresRecorder', () => {
  it('has the corner of the last tokens of the table of every head', () => {
    const model = tinyGpt2();
    const tables = record(model, prompt, lastScoresRecorder(model.decoder, 3));
    expect(tables.map((heads) => heads.length)).toEqual([3, 3]);
    tables.forEach((heads, layer) => {
      heads.forEach((corner, head) => {
        const whole = scoreTable(model, prompt, { layer, head });
        for (const step of ['scores', 'masked', 'weights'] as const) {
          expect(corner[step]).toEqual(whole[step].slice(4).map((row) => row.slice(4)));
        }
      });
    });
  });

  it('has the whole table of a shorter prompt', () => {
    const model = tinyGpt2();
    const [[{ scores }]] = record(model, prompt, lastScoresRecorder(model.decoder, 90));
    expect(scores).toEqual(scoreTable(model, prompt, { layer: 0, head: 0 }).scores);
  });
});
