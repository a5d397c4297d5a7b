import { parameterTally, type TallyRow } from '@ramble/core/model';

import { question, text, type WholeCall, wholeCall } from '../call.js';
import type { ParametersAnswer } from '../contract.js';
import { type ExploredModels, findModel } from '../models/asked-model.js';

type Row = ParametersAnswer['rows'][number];

/** Counts the parameters of a model row by row, as `inspect` does. */
export function parametersCall(models: ExploredModels): WholeCall<ParametersAnswer> {
  return wholeCall(question({ model: text }), ({ model: id }): ParametersAnswer => {
    const { config } = findModel(models, id).model;
    const { head, block, tail, total } = parameterTally(config);
    const once = ({ name, shape, count }: TallyRow): Row => ({ name, shape, count, times: 1 });
    const rows = [
      ...head.map(once),
      ...block.map((row): Row => {
        return { ...once(row), name: `blocks.*.${row.name}`, times: row.blocks };
      }),
      ...tail.map(once),
    ];
    return { total, rows };
  });
}
