import { raw } from '../raw-ops.js';
import type { Kernel } from './kernel.js';

export const embedding: Kernel = ({ table, ids }) => [raw.gatherRows(table, ids)];

export const embeddingGrad: Kernel = ({ dy, ids }, { rows }) => [
  raw.segmentSum(dy, ids, rows as number), // a number by type
];
