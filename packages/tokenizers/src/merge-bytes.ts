import { mergeIds } from './merge-ids.js';
import { type MergeTable } from './merge-table.js';

/** Merges the bytes of a word into the ids of its tokens, as {@link mergeIds} does. */
export function mergeBytes(bytes: Uint8Array, table: MergeTable): number[] {
  const ids = new Int32Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) ids[at] = table.byteIds[bytes[at]];
  return mergeIds(ids, table);
}
