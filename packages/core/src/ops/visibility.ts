/** What a position may see of the sequence. */
export type Visibility =
  | { readonly kind: 'causal' }
  | {
      /** Causal, but the first positions of each sequence see one another both ways. */
      readonly kind: 'prefix';
      /** Length of each sequence's prefix, `[B]`. */
      readonly lengths: Int32Array;
    };

export const CAUSAL: Visibility = { kind: 'causal' };
