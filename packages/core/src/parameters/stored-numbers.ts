/** A matrix as it lies in memory, row-major except for blocks and panels. */
export type StoredNumbers =
  | { readonly kind: 'f32'; readonly values: Float32Array }
  /** Bits of 16-bit floats. */
  | { readonly kind: 'f16'; readonly bits: Uint16Array }
  /** Entry = value * scale of its group; scales are `[rows, groups]`. */
  | { readonly kind: 'int8'; readonly values: Int8Array; readonly scales: Float32Array }
  /** Blocks of 32 inputs by 16 outputs (`block-layout.ts`), a panel of outputs after the other. */
  | { readonly kind: 'q4' | 'q8'; readonly blocks: Uint8Array }
  /** Panels of 32 outputs (`panel-matrix.ts`), one after the other; 16-bit floats by their bits. */
  | { readonly kind: 'f32Panels'; readonly values: Float32Array }
  | { readonly kind: 'f16Panels'; readonly bits: Uint16Array }
  | { readonly kind: 'int8Panels'; readonly values: Int8Array; readonly scales: Float32Array };
