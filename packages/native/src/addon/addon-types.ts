/** Everything that the C++ addon exports. The caller has checked kinds, shapes and ids. */

type Floats = Float32Array;
/** threshold, factor, key0, key1, step, stream: see cpp/kernels.h. */
export type DropoutArguments = readonly [number, number, number, number, number, number];

/** The functions of `unary`, by place. */
export const UNARY_FUNCTIONS = [
  'negate',
  'absolute',
  'square',
  'squareRoot',
  'reciprocalRoot',
  'reciprocal',
  'exponential',
  'logistic',
  'hyperbolicTangent',
  'rectified',
] as const;
/** The operators of `binary`, by place. */
export const BINARY_OPERATORS = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'maximum',
  'minimum',
  'squaredDifference',
] as const;
/** The operators of `compare`, by place. */
export const COMPARISONS = ['equal', 'notEqual', 'greater', 'greaterEqual'] as const;
/** What `reduce` computes, by place. */
export const REDUCTIONS = ['sum', 'largest', 'smallest'] as const;

/** The kinds of `prepareStep`'s ops, by place. */
export const STEP_KINDS = [
  'tokenEmbedding',
  'positionEmbedding',
  'add',
  'layerNorm',
  'linear',
  'groups',
  'attention',
  'select',
  'logits',
] as const;
/** What their results have rows of, by place. */
export const STEP_ROWS = ['tokens', 'groups', 'wanted'] as const;
declare const program: unique symbol;
/** Something of C++. */
interface StepProgram {
  readonly [program]: never;
}

/**
 * Two arrays over common axes: the number of axes, then their sizes, the strides of the first array
 * and those of the second, one behind the other.
 */
export type WalkArguments = readonly [number, Int32Array];

/** What attention reads; 0 and null for what there is none of. */
export type AttentionOperands = readonly [
  batch: number,
  length: number,
  nHead: number,
  headDim: number,
  qkv: Floats,
  prefixLengths: Int32Array | null,
  lengths: Int32Array | null,
  blockLength: number,
  blocksBack: number,
  distances: Floats | null,
  distanceRows: number,
  /** Positions of a group, of whose keys and values the rows are `memoryWidth` apart. */
  groupLength: number,
  keys: Floats | null,
  values: Floats | null,
  memoryWidth: number,
];

export interface Addon {
  /** SHA-256 of the sources that the binary was built from, in hexadecimal. */
  readonly sourcesSha256: string;
  /** The instruction sets that this processor has, best first; the first is in use. */
  instructionSets(): string[];
  useInstructionSet(name: string): boolean;
  setThreads(count: number): void;
  /** Has a new array lie in huge pages, which are read faster, where the system has them. */
  useHugePages(array: Floats, length: number): void;
  /** Bytes from the beginning of a buffer's memory to that of a cache line, at most 63. */
  bytesToLine(buffer: ArrayBuffer): number;

  /**
   * `c = a b + bias` for every matrix of a batch, and GELU of it in `activated`.
   *
   * @param aStep - Entries from one matrix of `a` to the next; 0 uses one for the whole batch.
   */
  matMul(
    a: Floats,
    b: Floats,
    c: Floats,
    batch: number,
    m: number,
    n: number,
    k: number,
    transposeA: boolean,
    transposeB: boolean,
    aStep: number,
    bStep: number,
    bias: Floats | null,
    activated: Floats | null,
  ): void;
  linearGrad(
    rows: number,
    inDim: number,
    outDim: number,
    dy: Floats,
    x: Floats,
    weight: Floats,
    sum: Floats | null,
    dx: Floats,
    dWeight: Floats,
    dBias: Floats,
  ): void;
  layerNorm(
    rows: number,
    width: number,
    eps: number,
    x: Floats,
    gain: Floats,
    bias: Floats,
    y: Floats,
    mean: Floats,
    inverseDeviation: Floats,
  ): void;
  layerNormGrad(
    rows: number,
    width: number,
    dy: Floats,
    x: Floats,
    gain: Floats,
    mean: Floats,
    inverseDeviation: Floats,
    dx: Floats,
    dGain: Floats,
    dBias: Floats,
  ): void;
  attention(
    ...given: readonly [
      ...operands: AttentionOperands,
      read: Floats,
      logSum: Floats,
      ...dropout: DropoutArguments,
    ]
  ): void;
  attentionGrad(
    ...given: readonly [
      ...operands: AttentionOperands,
      read: Floats,
      logSum: Floats,
      dRead: Floats,
      dQkv: Floats,
      dDistances: Floats | null,
      dKeys: Floats | null,
      dValues: Floats | null,
      ...dropout: DropoutArguments,
    ]
  ): void;
  gather(
    count: number,
    width: number,
    rows: number,
    ids: Int32Array,
    table: Floats,
    y: Floats,
  ): void;
  scatterAdd(
    count: number,
    width: number,
    rows: number,
    ids: Int32Array,
    dy: Floats,
    dTable: Floats,
  ): void;
  /** @returns the loss; gradients are of it, and may be left out together. */
  crossEntropy(
    rows: number,
    width: number,
    vocabSize: number,
    hidden: Floats,
    projection: Floats,
    targets: Int32Array,
    weights: Floats,
    targetShare: number,
    otherShare: number,
    entropy: number,
    zLoss: number,
    perPosition: Floats,
    dHidden: Floats | null,
    dProjection: Floats | null,
  ): number;
  /** `y = x + dropout(branch)`; without x, `dropout(branch)`. */
  dropout(
    count: number,
    x: Floats | null,
    branch: Floats,
    y: Floats,
    ...dropout: DropoutArguments
  ): void;
  /**
   * @param decays - 1 for each parameter that weight decay applies to.
   * @param beta1 - Or momentum.
   * @param variant - Adam: whether decay is decoupled. SGD: whether momentum is Nesterov's.
   * @returns the norm of all gradients before clipping.
   */
  update(
    gradients: readonly Floats[],
    decays: Uint8Array,
    values: Floats,
    mean: Floats,
    variance: Floats,
    isAdam: boolean,
    learningRate: number,
    weightDecay: number,
    clipNorm: number,
    beta1: number,
    beta2: number,
    eps: number,
    variant: boolean,
    count: number,
  ): number;
  /** @param kind - Place in `UNARY_FUNCTIONS`. */
  unary(kind: number, count: number, x: Floats, y: Floats): void;
  /** @param kind - Place in `BINARY_OPERATORS`. */
  binary(kind: number, ...operands: [...WalkArguments, a: Floats, b: Floats, y: Floats]): void;
  /** @param kind - Place in `COMPARISONS`. */
  compare(kind: number, ...operands: [...WalkArguments, a: Floats, b: Floats, y: Uint8Array]): void;
  select(count: number, condition: Uint8Array, a: Floats, b: Floats, y: Floats): void;
  /**
   * From x, `[outer, length, inner]`, to y, `[outer, inner]`.
   *
   * @param kind - Place in `REDUCTIONS`.
   */
  reduce(
    kind: number,
    outer: number,
    length: number,
    inner: number,
    factor: number,
    x: Floats,
    y: Floats,
  ): void;
  /** Copies entries of four bytes; the walk starts at `start` in each array. */
  copy(
    ...places: [
      ...WalkArguments,
      from: Floats | Int32Array,
      start: number,
      to: Floats | Int32Array,
      toStart: number,
    ]
  ): void;
  scale(count: number, x: Floats, factor: number, y: Floats): void;
  softmax(rows: number, width: number, x: Floats, y: Floats): void;
  /**
   * Writes softmax of logits in double precision, where there is a place for it.
   *
   * @param isWide - Whether the logits are doubles.
   * @param totals - Receives the largest logit and the sum of e^(logit - largest).
   */
  distribution(
    isWide: boolean,
    count: number,
    logits: Floats | Float64Array,
    probabilities: Float64Array | null,
    totals: Float64Array,
  ): void;
  /**
   * Rounds from the first number on, up to one that 16 bits cannot hold, that is NaN or infinite, or
   * that fills no vector, and a few before it.
   *
   * @param y - Receives the bits; it may be the beginning of x's own memory.
   * @returns how many it has rounded.
   */
  roundToFloat16(count: number, x: Floats, y: Uint16Array): number;
  /**
   * Makes a program of a model's ops.
   *
   * @param ops - Seventeen numbers an op: its kind (place in `STEP_KINDS`), the places of two operands and
   *   of the result, its inner and outer width, its layer, 1 for GELU; for attention the positions of a
   *   block (0 for none), the blocks before it, and a head's rows of distances (0 for none); what it has
   *   rows of (place in `STEP_ROWS`), the positions of a group (0 for none), the first column that is
   *   grouped, and for attention the places of keys and values of groups (the same one where they are laid
   *   out as qkv) and of the inputs that these are then made of.
   * @param arrays - Four an op: weights (32-bit floats, bits of 16-bit ones, or int8) or distances, scales
   *   of int8, gain, bias. The program reads them where they are: keep them as long as it.
   * @param rowSize - Floats that all places take.
   */
  prepareStep(
    ops: Int32Array,
    arrays: readonly (Floats | Uint16Array | Int8Array | null)[],
    layers: number,
    nHead: number,
    headDim: number,
    eps: number,
    rowSize: number,
  ): StepProgram;
  /**
   * Runs a program.
   *
   * @param feeds - Seven numbers a feed: slot, first row, rows, past positions, prefix, and the slot and
   * number of positions shared.
   * @param keys - One array a layer, `[slots, rows, C]`.
   * @param layouts - Of each layer, its rows of memory and its rows of positions.
   */
  runStep(
    program: StepProgram,
    rows: number,
    tokens: Int32Array,
    positions: Int32Array,
    feedCount: number,
    feeds: Int32Array,
    keys: readonly Floats[],
    values: readonly Floats[],
    layouts: Int32Array,
    wantedCount: number,
    wanted: Int32Array,
    logits: Floats,
  ): void;
}
