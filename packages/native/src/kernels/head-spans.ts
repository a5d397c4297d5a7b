import type { HeadSpans } from '../addon/ops.gen.js';

/** The heads of qkv, and what of them is normalised together. */
export interface NormedHeads {
  readonly nHead: number;
  readonly nKvHead: number;
  readonly headDim: number;
  /** Each head by itself, or all queries and all keys. */
  readonly span: 'head' | 'all';
}

/** What of a row of qkv is normalised, as C++ is told. */
export function headSpans({ nHead, nKvHead, headDim, span }: NormedHeads): HeadSpans {
  if (span === 'head') {
    return { queries: nHead, queryWidth: headDim, keys: nKvHead, keyWidth: headDim };
  }
  return { queries: 1, queryWidth: nHead * headDim, keys: 1, keyWidth: nKvHead * headDim };
}
