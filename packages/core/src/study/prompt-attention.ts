/** Attention weights of one head: `weights[position][seen]`; a row sums to 1. */
export type HeadWeights = readonly Float32Array[];

/** The tokens of a prompt and what every head attends to among them, for a picture of it. */
export interface PromptAttention {
  readonly tokens: readonly { readonly token: number; readonly word: string }[];
  /** Attention weights, indexed `attention[layer][head][position][seen]`. */
  readonly attention: readonly (readonly HeadWeights[])[];
}
