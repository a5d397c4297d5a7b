import type { ParameterTally, TallyRow } from '@ramble/core';

import { formatCount } from '../../format/format-count.js';
import { formatTable, type RightCell } from '../../format/format-table.js';

/** A parameter tally as lines: a block's rows once, with their count in one and in all blocks. */
export function tallyLines(
  { head, block, blockTotal, blocksTotal, tail, total }: ParameterTally,
  nLayer: number,
): string[] {
  const once = ({ name, shape, count }: TallyRow): (string | RightCell)[] => {
    return [name, shapeOf(shape), '', right(count)];
  };
  return formatTable([
    ['parameter', 'shape', { right: 'a block' }, { right: nLayer === 1 ? 'all' : `all ${nLayer}` }],
    ...head.map(once),
    ...block.map(({ name, shape, count, allBlocks }) => {
      return [`  ${name}`, shapeOf(shape), right(count), right(allBlocks)];
    }),
    ['  blocks', '', right(blockTotal), right(blocksTotal)],
    ...tail.map(once),
    ['total', '', '', right(total)],
  ]);
}

function shapeOf(shape: readonly number[]): string {
  return shape.join(' x ');
}

function right(count: number): RightCell {
  return { right: formatCount(count) };
}
