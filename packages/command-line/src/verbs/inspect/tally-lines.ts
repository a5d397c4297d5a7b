import type { ParameterTally } from '@ramble/core';

import { formatTable } from '../../format/format-table.js';
import { tallyRows } from './tally-rows.js';

/** A parameter tally as lines. */
export function tallyLines(tally: ParameterTally, nLayer: number): string[] {
  return formatTable(
    tallyRows(tally, nLayer).map(([name, shape, block, all]) => [
      name,
      shape,
      { right: block },
      { right: all },
    ]),
  );
}
