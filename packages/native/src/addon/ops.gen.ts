// npm run build:native, from the *.op.json files beside the kernels.

/** SHA-256 of the descriptions; a binary that was made of others is refused. */
export const OPS_SHA256 = 'f11075c043586aa0d27b8bc38cc6df6275afc435fba5a5ca0ebd2046995a3060';

export type Activation = 'none' | 'gelu';
const ACTIVATION: Readonly<Record<Activation, number>> = { none: 0, gelu: 1 };

export type Width = 'f32' | 'f16' | 'int8' | 'q8' | 'q4' | 'f32Panels' | 'f16Panels' | 'int8Panels';
const WIDTH: Readonly<Record<Width, number>> = { f32: 0, f16: 1, int8: 2, q8: 3, q4: 4, f32Panels: 5, f16Panels: 6, int8Panels: 7 };

export type Activations = 'f32' | 'int8';
const ACTIVATIONS: Readonly<Record<Activations, number>> = { f32: 0, int8: 1 };

export type StepRows = 'tokens' | 'groups' | 'wanted';
const STEP_ROWS: Readonly<Record<StepRows, number>> = { tokens: 0, groups: 1, wanted: 2 };

export type BinaryOperator = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum' | 'squaredDifference';
const BINARY_OPERATOR: Readonly<Record<BinaryOperator, number>> = { add: 0, subtract: 1, multiply: 2, divide: 3, maximum: 4, minimum: 5, squaredDifference: 6 };

export type Comparison = 'equal' | 'notEqual' | 'greater' | 'greaterEqual';
const COMPARISON: Readonly<Record<Comparison, number>> = { equal: 0, notEqual: 1, greater: 2, greaterEqual: 3 };

export type UnaryFunction = 'negate' | 'absolute' | 'square' | 'squareRoot' | 'reciprocalRoot' | 'reciprocal' | 'exponential' | 'logistic' | 'hyperbolicTangent' | 'rectified';
const UNARY_FUNCTION: Readonly<Record<UnaryFunction, number>> = { negate: 0, absolute: 1, square: 2, squareRoot: 3, reciprocalRoot: 4, reciprocal: 5, exponential: 6, logistic: 7, hyperbolicTangent: 8, rectified: 9 };

export type GateActivation = 'silu' | 'gelu';
const GATE_ACTIVATION: Readonly<Record<GateActivation, number>> = { silu: 0, gelu: 1 };

export type Reduction = 'sum' | 'largest' | 'smallest';
const REDUCTION: Readonly<Record<Reduction, number>> = { sum: 0, largest: 1, smallest: 2 };

export type WeightDecay = 'decoupled' | 'coupled';
const WEIGHT_DECAY: Readonly<Record<WeightDecay, number>> = { decoupled: 0, coupled: 1 };

declare const stepProgram: unique symbol;
/** Memory of C++ that JavaScript keeps. */
export interface StepProgram {
  readonly [stepProgram]: never;
}

/** A matrix, row-major, of 32-bit floats, 16-bit floats, or bytes with a scale for every 64 entries of a row; or one in blocks (decoding/blocks.h), or one in panels (decoding/panel-product.h). */
export interface Weights {
  readonly columns: number;
  readonly width: Width;
  readonly stored: Float32Array | Uint16Array | Int8Array | Uint8Array;
  /** [rows, groups of 64 entries], in panels [groups, rows]; of bytes alone. */
  readonly scales: Float32Array | null;
}

/** Rows of an embedding. */
export interface StepTable {
  readonly weights: Weights;
  /** Factor of the rows. */
  readonly scale: number;
}

/** activation(from + scale * other). */
export interface StepAdd {
  readonly from: number;
  readonly other: number;
  readonly scale: number;
  readonly activation: Activation;
}

/** Layer norm. */
export interface StepLayerNorm {
  readonly from: number;
  readonly gain: Float32Array;
  readonly bias: Float32Array;
}

/** RMS norm. */
export interface StepRmsNorm {
  readonly from: number;
  readonly gain: Float32Array;
}

/** What of a row is normalised: `queries` spans of `queryWidth` columns, then `keys` spans of `keyWidth`; each span by itself, with the gain of its kind. The columns behind them pass. */
export interface HeadSpans {
  readonly queries: number;
  readonly queryWidth: number;
  readonly keys: number;
  readonly keyWidth: number;
}

/** RMS norm of the queries and keys in qkv. */
export interface StepNormHeads {
  readonly from: number;
  readonly spans: HeadSpans;
  /** [queryWidth]. */
  readonly queryGain: Float32Array;
  /** [keyWidth]. */
  readonly keyGain: Float32Array;
}

/** Rotary positions of the queries and keys in qkv. */
export interface StepRotate {
  readonly from: number;
  /** Columns of a head that turn. */
  readonly turned: number;
  /** Index among the angles of the step. */
  readonly angles: number;
}

/** activation(the first half of the columns) * the second half. */
export interface StepGated {
  readonly from: number;
  readonly activation: GateActivation;
}

/** activation(x weights + bias). */
export interface StepLinear {
  readonly from: number;
  /** Columns of x. */
  readonly in: number;
  readonly activation: Activation;
  /** [in, width]. */
  readonly weights: Weights;
  /** [width]. */
  readonly bias: Float32Array | null;
}

/** Positions of each group that the step completes, side by side. */
export interface StepGroups {
  readonly from: number;
  /** Columns of x. */
  readonly in: number;
  readonly layer: number;
  /** Positions of a group. */
  readonly group: number;
  /** The first column that is grouped: of inputs, keys or values. */
  readonly column: number;
}

/** Where attention finds the keys and values of groups. */
export interface StepGroupMemory {
  /** Positions of a group, 0 without groups. */
  readonly group: number;
  readonly keys: number;
  /** The same as keys where both are laid out as qkv. */
  readonly values: number;
  /** What the memory is made of in that case. */
  readonly input: number;
}

/** Attention of new positions to the cache and to themselves. */
export interface StepAttention {
  /** Qkv. */
  readonly from: number;
  readonly layer: number;
  /** Positions of a block, 0 for none. */
  readonly block: number;
  /** Blocks before a position's own that it sees. */
  readonly back: number;
  /** Positions that one sees, itself among them; 0 for all. */
  readonly window: number;
  /** Factor of the products of queries and keys. */
  readonly scale: number;
  /** The scores become cap * tanh(score / cap); 0 for none. */
  readonly cap: number;
  /** Rows of a head's distances, 0 for none. */
  readonly reach: number;
  /** [heads * reach, headDim]. */
  readonly distances: Weights | null;
  readonly memory: StepGroupMemory | null;
}

/** The rows whose logits are wanted. */
export interface StepSelect {
  readonly from: number;
}

/** Scalar products with the rows of a table; the result goes to the logits of the step. */
export interface StepLogits {
  readonly from: number;
  /** Columns of x. */
  readonly in: number;
  /** The logits become cap * tanh(logit / cap); 0 for none. */
  readonly cap: number;
  /** [width, in]. */
  readonly weights: Weights;
}

/** New tokens of one sequence, in consecutive rows of a step. */
export interface StepFeed {
  /** Of those whose keys and values the step gets. */
  readonly slot: number;
  readonly firstRow: number;
  readonly count: number;
  /** Positions in the cache. */
  readonly past: number;
  /** Positions that see one another both ways. */
  readonly prefix: number;
  /** A slot whose first `shared` positions are the same, and are read by a feed before this one. */
  readonly twin: number;
  readonly shared: number;
}

/** The rows of a full slot in a layer of the cache: positions, p in row p modulo their number, then the first position and its groups, where attention compresses. */
export interface CacheLayout {
  readonly memoryRows: number;
  readonly positionRows: number;
}

/** Which entries dropout keeps: entry i, when word i of this Philox address is at least the threshold. */
export interface DropoutMask {
  /** 2^32 times the rate; 0 drops nothing. */
  readonly threshold: number;
  /** Of the entries that are kept. */
  readonly factor: number;
  readonly key0: number;
  readonly key1: number;
  readonly step: number;
  readonly stream: number;
}

/** Adam with bias correction. */
export interface AdamRule {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Decoupled shrinks the weight (AdamW), coupled is added to the gradient. */
  readonly decay: WeightDecay;
  /** Updates, this one included. */
  readonly count: number;
}

/** Stochastic gradient descent; the mean holds the velocity. */
export interface SgdRule {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** Two arrays over common axes. */
export interface Walk {
  /** Number of axes, at least 1. */
  readonly rank: number;
  /** The sizes of the axes, then the strides of the first array, then those of the second; a stride of 0 repeats an entry. */
  readonly axes: Int32Array;
}

/** The numbers of a matrix of any width that is not in panels. */
export interface Dequantize {
  readonly rows: number;
  /** [rows, columns]. */
  readonly weights: Weights;
  /** Whether a row of a matrix in blocks belongs to an output, as in a table; else a column does. */
  readonly hasOutputRows: boolean;
  /** [rows, columns]. */
  readonly y: Float32Array;
}

interface StepOpFields {
  /** What the result has rows of: the new tokens of the step, the groups of positions that it completes, or the tokens whose logits are wanted. */
  readonly rows: StepRows;
  readonly to: number;
  /** Columns of the result. */
  readonly width: number;
}
/** What a model does with every row of a step. Values lie in floats of a row: `from`, `other` and `to` are their offsets. */
export type StepOp =
  | (StepOpFields & { readonly kind: 'tokens' } & StepTable)
  | (StepOpFields & { readonly kind: 'positions' } & StepTable)
  | (StepOpFields & { readonly kind: 'add' } & StepAdd)
  | (StepOpFields & { readonly kind: 'layerNorm' } & StepLayerNorm)
  | (StepOpFields & { readonly kind: 'rmsNorm' } & StepRmsNorm)
  | (StepOpFields & { readonly kind: 'normHeads' } & StepNormHeads)
  | (StepOpFields & { readonly kind: 'rotate' } & StepRotate)
  | (StepOpFields & { readonly kind: 'gated' } & StepGated)
  | (StepOpFields & { readonly kind: 'linear' } & StepLinear)
  | (StepOpFields & { readonly kind: 'groups' } & StepGroups)
  | (StepOpFields & { readonly kind: 'attention' } & StepAttention)
  | (StepOpFields & { readonly kind: 'select' } & StepSelect)
  | (StepOpFields & { readonly kind: 'logits' } & StepLogits);

/** Makes a program of a model's ops. It reads weights where they are: keep their arrays as long as it. */
export interface PrepareStep {
  readonly ops: readonly StepOp[];
  /** Int8 rounds the inputs of products with weights in blocks. */
  readonly activations: Activations;
  readonly layers: number;
  /** Of queries. */
  readonly heads: number;
  /** A divisor of heads. */
  readonly keyHeads: number;
  readonly headDim: number;
  readonly eps: number;
  /** Floats of a row that all values take. */
  readonly width: number;
}

/** Runs a program on new tokens. */
export interface RunStep {
  readonly program: StepProgram;
  /** Number of new tokens. */
  readonly rows: number;
  /** [rows]. */
  readonly tokens: Int32Array;
  /** [rows]. */
  readonly positions: Int32Array;
  /** One array a rotation, cosines and sines of each row, [rows, turned]. */
  readonly angles: readonly Float32Array[];
  readonly feeds: readonly StepFeed[];
  /** One array a layer and slot, [rows, keyHeads] heads in the format of the cache. */
  readonly keys: readonly (Float32Array | Uint16Array | Int8Array)[];
  /** One array a layer and slot, [rows, keyHeads] heads in the format of the cache. */
  readonly values: readonly (Float32Array | Uint16Array | Int8Array)[];
  /** Format of the cache: f32, f16 or int8 (decoding/cache-rows.h) */
  readonly cache: Width;
  /** One a layer. */
  readonly layouts: readonly CacheLayout[];
  readonly wantedCount: number;
  /** Rows whose logits are wanted, [wantedCount]. */
  readonly wanted: Int32Array;
  /** [wantedCount, vocabulary]. */
  readonly logits: Float32Array;
}

/** Attention of every head. Position t sees s when s <= t or s < prefix[sequence]; with blocks, only from its own block and `back` blocks before it; with a window, only when s > t - window. Query head h reads key head h / (heads / keyHeads). */
export interface Attention {
  readonly batch: number;
  /** Positions of a sequence. */
  readonly length: number;
  /** Of queries. */
  readonly heads: number;
  /** A divisor of heads. */
  readonly keyHeads: number;
  readonly headDim: number;
  /** Factor of the products of queries and keys. */
  readonly scale: number;
  /** The scores become cap * tanh(score / cap); 0 for none. */
  readonly cap: number;
  /** [batch * length, (heads + 2 * keyHeads) * headDim]. */
  readonly qkv: Float32Array;
  /** Positions of each sequence that see one another both ways, [batch]. */
  readonly prefix: Int32Array | null;
  /** Positions of each sequence without its padding, [batch]; padding is seen by none, and its results are zero. */
  readonly ends: Int32Array | null;
  /** Positions of a block, 0 for none. */
  readonly block: number;
  /** Blocks before a position's own that it sees. */
  readonly back: number;
  /** Positions that one sees, itself among them; 0 for all. */
  readonly window: number;
  /** [heads, reach, headDim]; row reach - 1 - d is added to keys d positions back; no prefix. */
  readonly distances: Float32Array | null;
  /** Rows of a head's distances. */
  readonly reach: number;
  /** Positions of a group, 0 for none; position t then sees the first position and, of keys and values, group g when (g + 1) * group <= t; no prefix, blocks, window or distances, and as many key heads as heads. */
  readonly group: number;
  /** Of the groups, [batch * groups] rows. */
  readonly keys: Float32Array | null;
  /** Of the groups, [batch * groups] rows. */
  readonly values: Float32Array | null;
  /** Floats from one row of keys or values to the next. */
  readonly memoryLine: number;
  /** Of entry [batch, heads, t, s]; with groups s counts the first position and the groups. */
  readonly mask: DropoutMask;
  /** The result, [batch * length, heads * headDim]. */
  readonly read: Float32Array;
  /** Log of the sum of exponentials, [batch, heads, length]. */
  readonly logSum: Float32Array;
}

/** The gradients of attention. */
export interface AttentionGrad {
  /** With its results. */
  readonly forward: Attention;
  readonly dRead: Float32Array;
  readonly dQkv: Float32Array;
  /** Null without distances. */
  readonly dDistances: Float32Array | null;
  /** Null without groups. */
  readonly dKeys: Float32Array | null;
  /** Null without groups. */
  readonly dValues: Float32Array | null;
}

/** An operator on two arrays, with broadcasting. */
export interface Binary {
  readonly kind: BinaryOperator;
  /** Over a and b; strides of the last axis are 0 or 1. */
  readonly walk: Walk;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly y: Float32Array;
}

/** Compares two arrays, with broadcasting: 1 where it holds, else 0. */
export interface Compare {
  readonly kind: Comparison;
  /** Over a and b; strides of the last axis are 0 or 1. */
  readonly walk: Walk;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly y: Uint8Array;
}

/** loss = sum(weights * perPosition). The loss of a row is logSumExp - (targetShare - otherShare) logit[target] - otherShare sum(logits) - entropy + zLoss logSumExp^2. If rDrop is above 0, the loss also has rDrop / 4 (KL(p, q) + KL(q, p)), with q the probabilities of the row rows / 2 away. */
export interface CrossEntropy {
  readonly rows: number;
  readonly width: number;
  readonly vocabulary: number;
  /** [rows, width]. */
  readonly hidden: Float32Array;
  /** [vocabulary, width]. */
  readonly projection: Float32Array;
  /** [rows], each below vocabulary. */
  readonly targets: Int32Array;
  /** [rows]. */
  readonly weights: Float32Array;
  readonly targetShare: number;
  readonly otherShare: number;
  readonly entropy: number;
  readonly zLoss: number;
  /** The number of rows is even if it is above 0. */
  readonly rDrop: number;
  /** The logits become cap * tanh(logit / cap); 0 for none. */
  readonly cap: number;
  /** Whether the operands of products are rounded to bf16. */
  readonly bf16: boolean;
  /** [1]. */
  readonly loss: Float32Array;
  /** The loss of each row, [rows]. */
  readonly perPosition: Float32Array;
  /** Null where no gradient is wanted. */
  readonly dHidden: Float32Array | null;
  /** Null also where the projection is not trained. */
  readonly dProjection: Float32Array | null;
}

/** Softmax of 32-bit logits in double precision. */
export interface Distribution {
  readonly count: number;
  readonly logits: Float32Array;
  /** Null where only the totals are wanted. */
  readonly probabilities: Float64Array | null;
  /** The largest logit, and the sum of e^(logit - largest) */
  readonly totals: Float64Array;
}

/** Softmax of 64-bit logits in double precision. */
export interface WideDistribution {
  readonly count: number;
  readonly logits: Float64Array;
  /** Null where only the totals are wanted. */
  readonly probabilities: Float64Array | null;
  /** The largest logit, and the sum of e^(logit - largest) */
  readonly totals: Float64Array;
}

/** y = x + dropout(branch); without x, dropout(branch). */
export interface Dropout {
  readonly count: number;
  readonly x: Float32Array | null;
  readonly branch: Float32Array;
  readonly y: Float32Array;
  readonly mask: DropoutMask;
}

/** A function of each entry. */
export interface Unary {
  readonly kind: UnaryFunction;
  readonly count: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** Entries of a where the condition holds, of b elsewhere. */
export interface Select {
  readonly count: number;
  readonly condition: Uint8Array;
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly y: Float32Array;
}

/** y = factor x. */
export interface Scale {
  readonly count: number;
  readonly factor: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** GELU of x; with dy, the gradient of x. */
export interface ApplyGelu {
  readonly count: number;
  readonly x: Float32Array;
  readonly dy: Float32Array | null;
  readonly y: Float32Array;
}

/** Softmax of each row. */
export interface Softmax {
  readonly rows: number;
  readonly width: number;
  /** [rows, width]. */
  readonly x: Float32Array;
  /** [rows, width]. */
  readonly y: Float32Array;
}

/** Rows of a table by id. */
export interface Gather {
  readonly count: number;
  readonly width: number;
  /** [count], each below the number of rows. */
  readonly ids: Int32Array;
  /** [rows, width]. */
  readonly table: Float32Array;
  /** [count, width]. */
  readonly y: Float32Array;
}

/** The gradient of gather: the rows of dy added up by id. */
export interface ScatterAdd {
  readonly count: number;
  readonly width: number;
  /** Rows of the table. */
  readonly rows: number;
  /** [count], each below rows. */
  readonly ids: Int32Array;
  /** [count, width]. */
  readonly dy: Float32Array;
  /** [rows, width]. */
  readonly dTable: Float32Array;
}

/** activation(the first half of the columns) * the second half. */
export interface Gated {
  readonly rows: number;
  /** Of the result. */
  readonly width: number;
  readonly activation: GateActivation;
  /** [rows, 2 * width]. */
  readonly x: Float32Array;
  /** [rows, width]. */
  readonly y: Float32Array;
}

/** The gradient of gated. */
export interface GatedGrad {
  readonly rows: number;
  /** Of dy. */
  readonly width: number;
  readonly activation: GateActivation;
  /** [rows, width]. */
  readonly dy: Float32Array;
  /** [rows, 2 * width]. */
  readonly x: Float32Array;
  /** [rows, 2 * width]. */
  readonly dx: Float32Array;
}

/** Layer norm of each row: y = (x - mean) * inverse * gain + bias. */
export interface LayerNorm {
  readonly rows: number;
  readonly width: number;
  readonly eps: number;
  /** [rows, width]. */
  readonly x: Float32Array;
  /** [width]. */
  readonly gain: Float32Array;
  /** [width]. */
  readonly bias: Float32Array;
  /** [rows, width]. */
  readonly y: Float32Array;
  /** [rows]. */
  readonly mean: Float32Array;
  /** 1 / sqrt(variance + eps), [rows]. */
  readonly inverse: Float32Array;
}

/** The gradients of layerNorm. */
export interface LayerNormGrad {
  readonly rows: number;
  readonly width: number;
  /** [rows, width]. */
  readonly dy: Float32Array;
  /** [rows, width]. */
  readonly x: Float32Array;
  /** [width]. */
  readonly gain: Float32Array;
  /** [rows], of layerNorm. */
  readonly mean: Float32Array;
  /** [rows], of layerNorm. */
  readonly inverse: Float32Array;
  /** [rows, width]. */
  readonly dx: Float32Array;
  /** [width]. */
  readonly dGain: Float32Array;
  /** [width]. */
  readonly dBias: Float32Array;
}

/** The gradients of y = activation(x weight + bias): dx [rows, in], dWeight [in, out], dBias [out], null without a bias. */
export interface LinearGrad {
  readonly rows: number;
  readonly in: number;
  readonly out: number;
  /** [rows, out]. */
  readonly dy: Float32Array;
  /** [rows, in]. */
  readonly x: Float32Array;
  /** [in, out]. */
  readonly weight: Float32Array;
  /** What GELU was applied to, [rows, out]; null without an activation. */
  readonly sum: Float32Array | null;
  /** Whether the operands of products are rounded to bf16. */
  readonly bf16: boolean;
  readonly dx: Float32Array;
  readonly dWeight: Float32Array;
  readonly dBias: Float32Array | null;
}

/** RMS norm of the queries and keys in qkv. */
export interface NormHeads {
  readonly rows: number;
  /** Of qkv. */
  readonly width: number;
  readonly spans: HeadSpans;
  readonly eps: number;
  /** [rows, width]. */
  readonly qkv: Float32Array;
  /** [queryWidth]. */
  readonly queryGain: Float32Array;
  /** [keyWidth]. */
  readonly keyGain: Float32Array;
  /** [rows, width]. */
  readonly y: Float32Array;
  /** 1 / sqrt(mean square + eps), [rows, queries + keys]. */
  readonly inverse: Float32Array;
}

/** The gradients of normHeads. */
export interface NormHeadsGrad {
  readonly rows: number;
  /** Of qkv. */
  readonly width: number;
  readonly spans: HeadSpans;
  /** [rows, width]. */
  readonly dy: Float32Array;
  /** [rows, width]. */
  readonly qkv: Float32Array;
  /** [queryWidth]. */
  readonly queryGain: Float32Array;
  /** [keyWidth]. */
  readonly keyGain: Float32Array;
  /** Of normHeads. */
  readonly inverse: Float32Array;
  /** [rows, width]. */
  readonly dQkv: Float32Array;
  /** [queryWidth]. */
  readonly dQueryGain: Float32Array;
  /** [keyWidth]. */
  readonly dKeyGain: Float32Array;
}

/** Reduces an axis: from x, [outer, length, inner], to y, [outer, inner], times a factor. */
export interface Reduce {
  readonly kind: Reduction;
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly factor: number;
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** RMS norm of each row: y = x * inverse * gain. */
export interface RmsNorm {
  readonly rows: number;
  readonly width: number;
  readonly eps: number;
  /** [rows, width]. */
  readonly x: Float32Array;
  /** [width]. */
  readonly gain: Float32Array;
  /** [rows, width]. */
  readonly y: Float32Array;
  /** 1 / sqrt(mean square + eps), [rows]. */
  readonly inverse: Float32Array;
}

/** The gradients of rmsNorm. */
export interface RmsNormGrad {
  readonly rows: number;
  readonly width: number;
  /** [rows, width]. */
  readonly dy: Float32Array;
  /** [rows, width]. */
  readonly x: Float32Array;
  /** [width]. */
  readonly gain: Float32Array;
  /** [rows], of rmsNorm. */
  readonly inverse: Float32Array;
  /** [rows, width]. */
  readonly dx: Float32Array;
  /** [width]. */
  readonly dGain: Float32Array;
}

/** Rotary positions: of each of the first `heads` heads of a row, columns i and i + turned / 2 turn by the angle whose cosine is angles[row][i] and sine angles[row][turned / 2 + i]; backwards for the gradient. The other columns pass. */
export interface RotateHeads {
  readonly rows: number;
  /** Of qkv. */
  readonly width: number;
  /** Those that turn, queries and keys. */
  readonly heads: number;
  readonly headDim: number;
  /** Columns of a head that turn; even. */
  readonly turned: number;
  /** [rows, width]. */
  readonly qkv: Float32Array;
  /** Cosines and sines of each row, [rows, turned]. */
  readonly angles: Float32Array;
  readonly isBackwards: boolean;
  /** [rows, width]. */
  readonly y: Float32Array;
}

/** Rounds numbers to 16-bit floats from the first one on, and returns how many: it ends before a block with a number that is infinite, NaN or too large for 16 bits, and before numbers that do not fill a vector. */
export interface RoundToFloat16 {
  readonly count: number;
  readonly x: Float32Array;
  /** The bits; may start where x does, in the same memory. */
  readonly y: Uint16Array;
}

/** Sums the squares of arrays in chunks of 65,536 entries; the last of an array may be shorter. */
export interface SumsOfSquares {
  readonly arrays: readonly Float32Array[];
  /** One a chunk. */
  readonly sums: Float64Array;
}

/** The factor of gradients that keeps their norm under a limit: core's `clipFactor`. */
export interface Clip {
  readonly chunks: number;
  /** Of squares, one a chunk. */
  readonly sums: Float64Array;
  /** Of the norm; 0 for none. */
  readonly limit: number;
  /** One number. */
  readonly loss: Float32Array;
  /** One number; NaN where the loss or the norm is not finite. */
  readonly factor: Float32Array;
}

/** An optimizer with its numbers for one update; core's `applyUpdate` is the plain form. */
export type UpdateRule =
  | ({ readonly kind: 'adam' } & AdamRule)
  | ({ readonly kind: 'sgd' } & SgdRule);

/** Updates parameters, or pieces of them, in place. */
export interface Update {
  /** One array a piece. */
  readonly gradients: readonly Float32Array[];
  /** 1 for each piece that weight decay applies to. */
  readonly decays: Uint8Array;
  /** One array a piece. */
  readonly values: readonly Float32Array[];
  /** The slot of that name, one piece after the other. */
  readonly mean: Float32Array;
  /** The slot of that name; null where the rule has none. */
  readonly variance: Float32Array | null;
  /** One number, of the gradients, from clipping; NaN changes nothing. */
  readonly factor: Float32Array;
  readonly rule: UpdateRule;
}

/** Copies entries of four bytes from the first array of the walk to the second: transposes, slices, tiles and joins arrays. */
export interface Copy {
  readonly walk: Walk;
  readonly from: Float32Array | Int32Array;
  /** The entry of `from` where the walk starts. */
  readonly start: number;
  readonly to: Float32Array | Int32Array;
  /** The entry of `to` where the walk starts. */
  readonly toStart: number;
}

/** c = a b + bias for every matrix of a batch, and GELU of c in activated. */
export interface MatMul {
  /** Number of products. */
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** [batch, m, k], or [batch, k, m] when transposed. */
  readonly a: Float32Array;
  /** [batch, k, n], or [batch, n, k] when transposed. */
  readonly b: Float32Array;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Entries from one matrix of a to the next; 0 uses one for the whole batch. */
  readonly aStep: number;
  /** Entries from one matrix of b to the next; 0 uses one for the whole batch. */
  readonly bStep: number;
  /** Whether a and b are rounded to bf16. */
  readonly bf16: boolean;
  /** [n]. */
  readonly bias: Float32Array | null;
  /** [batch, m, n]. */
  readonly c: Float32Array;
  /** [batch, m, n]. */
  readonly activated: Float32Array | null;
}

/** The ops of the addon, which takes the fields of each by name. The caller has checked kinds, shapes and ids. */
export interface NativeOps {
  /** The numbers of a matrix of any width that is not in panels. */
  readonly dequantize: (fields: Dequantize) => void;
  /** Makes a program of a model's ops. It reads weights where they are: keep their arrays as long as it. */
  readonly prepareStep: (fields: PrepareStep) => StepProgram;
  /** Runs a program on new tokens. */
  readonly runStep: (fields: RunStep) => void;
  /** Attention of every head. Position t sees s when s <= t or s < prefix[sequence]; with blocks, only from its own block and `back` blocks before it; with a window, only when s > t - window. Query head h reads key head h / (heads / keyHeads). */
  readonly attention: (fields: Attention) => void;
  /** The gradients of attention. */
  readonly attentionGrad: (fields: AttentionGrad) => void;
  /** An operator on two arrays, with broadcasting. */
  readonly binary: (fields: Binary) => void;
  /** Compares two arrays, with broadcasting: 1 where it holds, else 0. */
  readonly compare: (fields: Compare) => void;
  /** Loss = sum(weights * perPosition). The loss of a row is logSumExp - (targetShare - otherShare) logit[target] - otherShare sum(logits) - entropy + zLoss logSumExp^2. If rDrop is above 0, the loss also has rDrop / 4 (KL(p, q) + KL(q, p)), with q the probabilities of the row rows / 2 away. */
  readonly crossEntropy: (fields: CrossEntropy) => void;
  /** Softmax of 32-bit logits in double precision. */
  readonly distribution: (fields: Distribution) => void;
  /** Softmax of 64-bit logits in double precision. */
  readonly wideDistribution: (fields: WideDistribution) => void;
  /** Y = x + dropout(branch); without x, dropout(branch). */
  readonly dropout: (fields: Dropout) => void;
  /** A function of each entry. */
  readonly unary: (fields: Unary) => void;
  /** Entries of a where the condition holds, of b elsewhere. */
  readonly select: (fields: Select) => void;
  /** Y = factor x. */
  readonly scale: (fields: Scale) => void;
  /** GELU of x; with dy, the gradient of x. */
  readonly applyGelu: (fields: ApplyGelu) => void;
  /** Softmax of each row. */
  readonly softmax: (fields: Softmax) => void;
  /** Rows of a table by id. */
  readonly gather: (fields: Gather) => void;
  /** The gradient of gather: the rows of dy added up by id. */
  readonly scatterAdd: (fields: ScatterAdd) => void;
  /** Activation(the first half of the columns) * the second half. */
  readonly gated: (fields: Gated) => void;
  /** The gradient of gated. */
  readonly gatedGrad: (fields: GatedGrad) => void;
  /** Layer norm of each row: y = (x - mean) * inverse * gain + bias. */
  readonly layerNorm: (fields: LayerNorm) => void;
  /** The gradients of layerNorm. */
  readonly layerNormGrad: (fields: LayerNormGrad) => void;
  /** The gradients of y = activation(x weight + bias): dx [rows, in], dWeight [in, out], dBias [out], null without a bias. */
  readonly linearGrad: (fields: LinearGrad) => void;
  /** RMS norm of the queries and keys in qkv. */
  readonly normHeads: (fields: NormHeads) => void;
  /** The gradients of normHeads. */
  readonly normHeadsGrad: (fields: NormHeadsGrad) => void;
  /** Reduces an axis: from x, [outer, length, inner], to y, [outer, inner], times a factor. */
  readonly reduce: (fields: Reduce) => void;
  /** RMS norm of each row: y = x * inverse * gain. */
  readonly rmsNorm: (fields: RmsNorm) => void;
  /** The gradients of rmsNorm. */
  readonly rmsNormGrad: (fields: RmsNormGrad) => void;
  /** Rotary positions: of each of the first `heads` heads of a row, columns i and i + turned / 2 turn by the angle whose cosine is angles[row][i] and sine angles[row][turned / 2 + i]; backwards for the gradient. The other columns pass. */
  readonly rotateHeads: (fields: RotateHeads) => void;
  /** Rounds numbers to 16-bit floats from the first one on, and returns how many: it ends before a block with a number that is infinite, NaN or too large for 16 bits, and before numbers that do not fill a vector. */
  readonly roundToFloat16: (fields: RoundToFloat16) => number;
  /** Sums the squares of arrays in chunks of 65,536 entries; the last of an array may be shorter. */
  readonly sumsOfSquares: (fields: SumsOfSquares) => void;
  /** The factor of gradients that keeps their norm under a limit: core's `clipFactor`. */
  readonly clip: (fields: Clip) => void;
  /** Updates parameters, or pieces of them, in place. */
  readonly update: (fields: Update) => void;
  /** Copies entries of four bytes from the first array of the walk to the second: transposes, slices, tiles and joins arrays. */
  readonly copy: (fields: Copy) => void;
  /** C = a b + bias for every matrix of a batch, and GELU of c in activated. */
  readonly matMul: (fields: MatMul) => void;
}

/** The functions of the binary, which take arguments in the order of the descriptions. */
export type PositionalOps = Readonly<Record<keyof NativeOps, (...values: unknown[]) => unknown>>;

/** Ops by the names of their fields, over functions that take them in their order. */
export function namedOps(addon: PositionalOps): NativeOps {
  const { dequantize, prepareStep, runStep, attention, attentionGrad, binary, compare, crossEntropy, distribution, wideDistribution, dropout, unary, select, scale, applyGelu, softmax, gather, scatterAdd, gated, gatedGrad, layerNorm, layerNormGrad, linearGrad, normHeads, normHeadsGrad, reduce, rmsNorm, rmsNormGrad, rotateHeads, roundToFloat16, sumsOfSquares, clip, update, copy, matMul } = addon;
  return {
    dequantize: (p) => void dequantize(p.rows, p.weights.columns, WIDTH[p.weights.width], p.weights.stored, p.weights.scales, p.hasOutputRows, p.y),
    prepareStep: (p) => prepareStep(p.ops.map(valuesOfStepOp), ACTIVATIONS[p.activations], p.layers, p.heads, p.keyHeads, p.headDim, p.eps, p.width) as StepProgram,
    runStep: (p) => void runStep(p.program, p.rows, p.tokens, p.positions, p.angles, packedStepFeed(p.feeds), p.keys, p.values, WIDTH[p.cache], packedCacheLayout(p.layouts), p.wantedCount, p.wanted, p.logits),
    attention: (p) => void attention(p.batch, p.length, p.heads, p.keyHeads, p.headDim, p.scale, p.cap, p.qkv, p.prefix, p.ends, p.block, p.back, p.window, p.distances, p.reach, p.group, p.keys, p.values, p.memoryLine, p.mask.threshold, p.mask.factor, p.mask.key0, p.mask.key1, p.mask.step, p.mask.stream, p.read, p.logSum),
    attentionGrad: (p) => void attentionGrad(p.forward.batch, p.forward.length, p.forward.heads, p.forward.keyHeads, p.forward.headDim, p.forward.scale, p.forward.cap, p.forward.qkv, p.forward.prefix, p.forward.ends, p.forward.block, p.forward.back, p.forward.window, p.forward.distances, p.forward.reach, p.forward.group, p.forward.keys, p.forward.values, p.forward.memoryLine, p.forward.mask.threshold, p.forward.mask.factor, p.forward.mask.key0, p.forward.mask.key1, p.forward.mask.step, p.forward.mask.stream, p.forward.read, p.forward.logSum, p.dRead, p.dQkv, p.dDistances, p.dKeys, p.dValues),
    binary: (p) => void binary(BINARY_OPERATOR[p.kind], p.walk.rank, p.walk.axes, p.a, p.b, p.y),
    compare: (p) => void compare(COMPARISON[p.kind], p.walk.rank, p.walk.axes, p.a, p.b, p.y),
    crossEntropy: (p) => void crossEntropy(p.rows, p.width, p.vocabulary, p.hidden, p.projection, p.targets, p.weights, p.targetShare, p.otherShare, p.entropy, p.zLoss, p.rDrop, p.cap, p.bf16, p.loss, p.perPosition, p.dHidden, p.dProjection),
    distribution: (p) => void distribution(p.count, p.logits, p.probabilities, p.totals),
    wideDistribution: (p) => void wideDistribution(p.count, p.logits, p.probabilities, p.totals),
    dropout: (p) => void dropout(p.count, p.x, p.branch, p.y, p.mask.threshold, p.mask.factor, p.mask.key0, p.mask.key1, p.mask.step, p.mask.stream),
    unary: (p) => void unary(UNARY_FUNCTION[p.kind], p.count, p.x, p.y),
    select: (p) => void select(p.count, p.condition, p.a, p.b, p.y),
    scale: (p) => void scale(p.count, p.factor, p.x, p.y),
    applyGelu: (p) => void applyGelu(p.count, p.x, p.dy, p.y),
    softmax: (p) => void softmax(p.rows, p.width, p.x, p.y),
    gather: (p) => void gather(p.count, p.width, p.ids, p.table, p.y),
    scatterAdd: (p) => void scatterAdd(p.count, p.width, p.rows, p.ids, p.dy, p.dTable),
    gated: (p) => void gated(p.rows, p.width, GATE_ACTIVATION[p.activation], p.x, p.y),
    gatedGrad: (p) => void gatedGrad(p.rows, p.width, GATE_ACTIVATION[p.activation], p.dy, p.x, p.dx),
    layerNorm: (p) => void layerNorm(p.rows, p.width, p.eps, p.x, p.gain, p.bias, p.y, p.mean, p.inverse),
    layerNormGrad: (p) => void layerNormGrad(p.rows, p.width, p.dy, p.x, p.gain, p.mean, p.inverse, p.dx, p.dGain, p.dBias),
    linearGrad: (p) => void linearGrad(p.rows, p.in, p.out, p.dy, p.x, p.weight, p.sum, p.bf16, p.dx, p.dWeight, p.dBias),
    normHeads: (p) => void normHeads(p.rows, p.width, p.spans.queries, p.spans.queryWidth, p.spans.keys, p.spans.keyWidth, p.eps, p.qkv, p.queryGain, p.keyGain, p.y, p.inverse),
    normHeadsGrad: (p) => void normHeadsGrad(p.rows, p.width, p.spans.queries, p.spans.queryWidth, p.spans.keys, p.spans.keyWidth, p.dy, p.qkv, p.queryGain, p.keyGain, p.inverse, p.dQkv, p.dQueryGain, p.dKeyGain),
    reduce: (p) => void reduce(REDUCTION[p.kind], p.outer, p.length, p.inner, p.factor, p.x, p.y),
    rmsNorm: (p) => void rmsNorm(p.rows, p.width, p.eps, p.x, p.gain, p.y, p.inverse),
    rmsNormGrad: (p) => void rmsNormGrad(p.rows, p.width, p.dy, p.x, p.gain, p.inverse, p.dx, p.dGain),
    rotateHeads: (p) => void rotateHeads(p.rows, p.width, p.heads, p.headDim, p.turned, p.qkv, p.angles, p.isBackwards, p.y),
    roundToFloat16: (p) => roundToFloat16(p.count, p.x, p.y) as number,
    sumsOfSquares: (p) => void sumsOfSquares(p.arrays, p.sums),
    clip: (p) => void clip(p.chunks, p.sums, p.limit, p.loss, p.factor),
    update: (p) => void update(p.gradients, p.decays, p.values, p.mean, p.variance, p.factor, valuesOfUpdateRule(p.rule)),
    copy: (p) => void copy(p.walk.rank, p.walk.axes, p.from, p.start, p.to, p.toStart),
    matMul: (p) => void matMul(p.batch, p.m, p.n, p.k, p.a, p.b, p.transposeA, p.transposeB, p.aStep, p.bStep, p.bf16, p.bias, p.c, p.activated),
  };
}

function valuesOfStepOp(p: StepOp): unknown[] {
  switch (p.kind) {
    case 'tokens':
      return [0, STEP_ROWS[p.rows], p.to, p.width, p.weights.columns, WIDTH[p.weights.width], p.weights.stored, p.weights.scales, p.scale];
    case 'positions':
      return [1, STEP_ROWS[p.rows], p.to, p.width, p.weights.columns, WIDTH[p.weights.width], p.weights.stored, p.weights.scales, p.scale];
    case 'add':
      return [2, STEP_ROWS[p.rows], p.to, p.width, p.from, p.other, p.scale, ACTIVATION[p.activation]];
    case 'layerNorm':
      return [3, STEP_ROWS[p.rows], p.to, p.width, p.from, p.gain, p.bias];
    case 'rmsNorm':
      return [4, STEP_ROWS[p.rows], p.to, p.width, p.from, p.gain];
    case 'normHeads':
      return [5, STEP_ROWS[p.rows], p.to, p.width, p.from, p.spans.queries, p.spans.queryWidth, p.spans.keys, p.spans.keyWidth, p.queryGain, p.keyGain];
    case 'rotate':
      return [6, STEP_ROWS[p.rows], p.to, p.width, p.from, p.turned, p.angles];
    case 'gated':
      return [7, STEP_ROWS[p.rows], p.to, p.width, p.from, GATE_ACTIVATION[p.activation]];
    case 'linear':
      return [8, STEP_ROWS[p.rows], p.to, p.width, p.from, p.in, ACTIVATION[p.activation], p.weights.columns, WIDTH[p.weights.width], p.weights.stored, p.weights.scales, p.bias];
    case 'groups':
      return [9, STEP_ROWS[p.rows], p.to, p.width, p.from, p.in, p.layer, p.group, p.column];
    case 'attention':
      return [10, STEP_ROWS[p.rows], p.to, p.width, p.from, p.layer, p.block, p.back, p.window, p.scale, p.cap, p.reach, p.distances?.columns ?? 0, p.distances?.width ? WIDTH[p.distances?.width] : 0, p.distances?.stored ?? null, p.distances?.scales ?? null, p.memory?.group ?? 0, p.memory?.keys ?? 0, p.memory?.values ?? 0, p.memory?.input ?? 0];
    case 'select':
      return [11, STEP_ROWS[p.rows], p.to, p.width, p.from];
    case 'logits':
      return [12, STEP_ROWS[p.rows], p.to, p.width, p.from, p.in, p.cap, p.weights.columns, WIDTH[p.weights.width], p.weights.stored, p.weights.scales];
  }
}

function valuesOfUpdateRule(p: UpdateRule): unknown[] {
  switch (p.kind) {
    case 'adam':
      return [0, p.learningRate, p.beta1, p.beta2, p.eps, p.weightDecay, WEIGHT_DECAY[p.decay], p.count];
    case 'sgd':
      return [1, p.learningRate, p.momentum, p.nesterov, p.weightDecay];
  }
}

function packedStepFeed(list: readonly StepFeed[]): Int32Array {
  const packed = new Int32Array(7 * list.length);
  let i = 0;
  for (const p of list) {
    packed[i++] = p.slot;
    packed[i++] = p.firstRow;
    packed[i++] = p.count;
    packed[i++] = p.past;
    packed[i++] = p.prefix;
    packed[i++] = p.twin;
    packed[i++] = p.shared;
  }
  return packed;
}

function packedCacheLayout(list: readonly CacheLayout[]): Int32Array {
  const packed = new Int32Array(2 * list.length);
  let i = 0;
  for (const p of list) {
    packed[i++] = p.memoryRows;
    packed[i++] = p.positionRows;
  }
  return packed;
}
