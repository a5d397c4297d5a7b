import { patternNames } from '../attention/attention-kinds.js';
import { headNormSpecs } from '../attention/head-norms.js';
import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import type { NormOps } from '../norm/norms.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { linearSpecs, type ParameterSpec, sizeOf, weight } from '../parameters/parameter.js';
import { type Decoder, decoderOf, type Layer } from './decoder.js';

/** Name of the parameter that embeds tokens. A tied output projection is the same parameter. */
const TOKEN_EMBEDDING = 'tokenEmbedding.weight';

/** Name of the output projection in a model whose projection is not tied to the token embedding. */
const HEAD = 'head.weight';

/** Returns the name of the parameter that projects hidden states on the tokens, `[V, C]`. */
export function outputName({ tiedHead }: Pick<ModelConfig, 'tiedHead'>): string {
  return tiedHead ? TOKEN_EMBEDDING : HEAD;
}

/**
 * Returns every parameter of a model, in the order of the forward pass. A tied output projection is the token
 * embedding and adds none.
 *
 * @see openai/gpt-2 src/model.py for the initial values: standard deviation 0.02, divided by the root of the
 * number of residual branches for the weights that write to the stream.
 */
export function parameterSpecs(config: ModelConfig): ParameterSpec[] {
  const { vocabSize, nEmbd } = config;
  const decoder = decoderOf(config);
  const ofTokens = (name: string): ParameterSpec => {
    return { ...weight(name, [vocabSize, nEmbd], 0.02), rows: 'tokens' };
  };
  const input = [ofTokens(TOKEN_EMBEDDING), ...decoder.inputPositions.parameters];
  const blocks = decoder.layers.flatMap((layer) =>
    blockSpecs(decoder, layer).map((spec) => ({ ...spec, block: layer.index })),
  );
  const output = [
    ...decoder.norm.parameters('finalNorm', nEmbd),
    ...(config.tiedHead ? [] : [ofTokens(HEAD)]),
  ];
  return [
    ...input.map((spec) => ({ ...spec, part: 'input' as const })),
    ...blocks,
    ...output.map((spec) => ({ ...spec, part: 'output' as const })),
  ];
}

function blockSpecs({ config, norm }: Decoder, layer: Layer): ParameterSpec[] {
  const { nLayer, nEmbd, nHead, nKvHead, headDim, bias } = config;
  const { name, norms, positions, attention, mlp } = layer;
  const intoStream = 0.02 / Math.sqrt(2 * nLayer);
  const [read, shared] = [nHead * headDim, nKvHead * headDim];
  // One rule places the norms of a block; here it applies to lists of parameters, not to the stream.
  const ops: NormOps<readonly ParameterSpec[]> = {
    norm: (_, path) => norm.parameters(path, nEmbd),
  };
  const isQkvBiased = bias !== 'none';
  return [
    ...positions.parameters,
    ...norms.before([], `${name}.norm1`, ops),
    ...linearSpecs(`${name}.attention.qkv`, nEmbd, read + 2 * shared, 0.02, isQkvBiased),
    ...headNormSpecs(`${name}.attention`, config),
    ...attention.parameters,
    ...linearSpecs(
      `${name}.attention.proj`,
      read,
      nEmbd,
      intoStream,
      bias === 'all' || bias === 'attention',
    ),
    ...norms.after([], `${name}.norm1`, ops),
    ...norms.before([], `${name}.norm2`, ops),
    ...mlp.parameters(`${name}.mlp`, config, { intoStream, hasBias: bias === 'all' }),
    ...norms.after([], `${name}.norm2`, ops),
  ];
}

/** A row of a `ParameterTally`: one parameter. A parameter that several blocks have is one row. */
export interface TallyRow {
  /** Name of the parameter in a model; in a block, without the prefix `blocks.N.`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
}

/** A row of a `ParameterTally` for a parameter of the blocks. */
export interface BlockRow extends TallyRow {
  /** Number of blocks that have the parameter: all of them, unless their attention differs. */
  readonly blocks: number;
  readonly allBlocks: number;
}

/** Table of a model's parameters and their numbers of entries, by part of the model. */
export interface ParameterTally {
  /** The parameters of the embeddings. */
  readonly head: readonly TallyRow[];
  /** The parameters of the blocks. */
  readonly block: readonly BlockRow[];
  /** Number of parameters of one block; absent if blocks differ. */
  readonly blockTotal?: number;
  readonly blocksTotal: number;
  /** The parameters after the blocks: the final norm, and the output projection unless it is the token embedding. */
  readonly tail: readonly TallyRow[];
  readonly total: number;
}

/**
 * Counts a model's learned numbers row by row.
 *
 * @see Alammar 2019, The Illustrated GPT-2, for the table
 */
export function parameterTally(config: ModelConfig): ParameterTally {
  const { nLayer } = config;
  // Only one block of each kind is listed, because run.json may contain a depth whose list takes seconds.
  const kinds = Math.min(nLayer, patternNames(config.attention).length);
  const specs = parameterSpecs({ ...config, nLayer: kinds });
  const block = blockRows(specs, (kind) => Math.ceil((nLayer - kind) / kinds));
  const [head, tail] = (['input', 'output'] as const).map((part) =>
    specs.filter((spec) => spec.part === part).map(toRow),
  );
  const areAlike = block.every(({ blocks }) => blocks === nLayer);
  const blocksTotal = block.reduce((total, { allBlocks }) => total + allBlocks, 0);
  const total = sum(head) + blocksTotal + sum(tail);
  return { head, block, ...(areAlike && { blockTotal: sum(block) }), blocksTotal, tail, total };
}

/** Returns the number of parameters; 124,439,808 for GPT-2 small. */
export function countParameters(config: ModelConfig): number {
  return parameterTally(config).total;
}

/** Returns a row for each name in blocks. A parameter has the same shape in all blocks that have it. */
function blockRows(
  specs: readonly ParameterSpec[],
  blocksLike: (block: number) => number,
): BlockRow[] {
  const rows: BlockRow[] = [];
  let at = 0; // index after the previous row
  for (const spec of specs) {
    if (spec.block === undefined) continue;
    const { name, count, shape } = toRow(spec);
    const known = rows.findIndex((row) => row.name === name);
    const alike = blocksLike(spec.block);
    const blocks = known < 0 ? alike : rows[known].blocks + alike;
    const row = { name, shape, count, blocks, allBlocks: blocks * count };
    if (known < 0) rows.splice(at, 0, row);
    else rows[known] = row;
    at = (known < 0 ? at : known) + 1;
  }
  return rows;
}

function toRow({ name, shape, block }: ParameterSpec): TallyRow {
  const own = block === undefined ? name : name.slice(`blocks.${block}.`.length);
  return { name: own, shape, count: sizeOf(shape) };
}

function sum(rows: readonly TallyRow[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}

/** Name of the head that predicts the token after the next, `[V, C]`. */
export const SECOND_HEAD = 'secondHead.weight';

/** Returns the output heads that only training uses: the second head, if `secondTarget` is above 0. */
export function trainingHeads(
  { vocabSize, nEmbd }: ModelConfig,
  { secondTarget }: TrainingConfig,
): ParameterSpec[] {
  if (secondTarget === 0) return [];
  const initializer = { kind: 'normal', deviation: 0.02 } as const; // same as the token embedding
  return [{ name: SECOND_HEAD, shape: [vocabSize, nEmbd], initializer, part: 'output' }];
}

/**
 * Checks that a model has exactly the training heads that a training config requires.
 *
 * @throws TypeError if a head is missing or superfluous.
 */
export function checkHeads(
  {
    config,
    parameters,
  }: {
    readonly config: ModelConfig;
    readonly parameters: Pick<ParameterStore, 'specs' | 'adapters'>;
  },
  training: TrainingConfig,
): void {
  const expected = trainingHeads(config, training).map(({ name }) => name);
  const own = new Set(
    (parameters.adapters?.specs ?? parameterSpecs(config)).map(({ name }) => name),
  );
  const found = parameters.specs.map(({ name }) => name).filter((name) => !own.has(name));
  if (found.join() === expected.join()) return;
  const wanted =
    expected.length === 0 ? 'no training heads' : `the training heads ${expected.join(', ')}`;
  const got = found.join(', ') || 'none';
  throw new TypeError(`model: expected ${wanted}, got ${got}; withTrainingHeads makes them`);
}
