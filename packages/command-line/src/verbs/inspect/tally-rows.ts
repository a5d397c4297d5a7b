import type { ParameterTally, TallyRow } from '@ramble/core/model';

import { formatCount } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';

/** Row of a tally: name, shape, count in a block, count in all blocks. */
export type TallyWords = readonly [name: string, shape: string, block: string, all: string];

/** Formats a parameter tally as rows with a heading. A block's rows appear once, counted in one block and in all. */
export function tallyRows(
  { head, block, blockTotal, blocksTotal, tail, total }: ParameterTally,
  nLayer: number,
): TallyWords[] {
  const once = ({ name, shape, count }: TallyRow): TallyWords => {
    return [name, shapeOf(shape), '', formatCount(count)];
  };
  return [
    ['parameter', 'shape', 'a block', nLayer === 1 ? 'all' : `all ${nLayer}`],
    ...head.map(once),
    ...block.map(({ name, shape, count, blocks, allBlocks }): TallyWords => {
      const share = blocks === nLayer ? '' : ` (${blocks} of ${nLayer})`;
      return [`  ${name}${share}`, shapeOf(shape), formatCount(count), formatCount(allBlocks)];
    }),
    [
      '  blocks',
      '',
      blockTotal === undefined ? '' : formatCount(blockTotal),
      formatCount(blocksTotal),
    ],
    ...tail.map(once),
    ['total', '', '', formatCount(total)],
  ];
}

function shapeOf(shape: readonly number[]): string {
  return shape.join(' x ');
}

/** Formats a parameter tally as lines. */
export function tallyLines(tally: ParameterTally, nLayer: number): string[] {
  return formatTable(tallyRows(tally, nLayer), 'llr');
}
