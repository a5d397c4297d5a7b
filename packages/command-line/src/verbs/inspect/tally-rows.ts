import type { ParameterTally, TallyRow } from '@ramble/core/model';

import { formatCount } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';

/** A row of a tally in words: name, shape, count in a block, count in all. */
export type TallyWords = readonly [name: string, shape: string, block: string, all: string];

/** A parameter tally row by row, with a heading: a block's rows once, counted in one and in all. */
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
