import type { TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import type { Model } from '../model/model.js';
import { checkIndex, record, type Recorder, type ScoreTable } from './score-table.js';
import type { ModelStep, Watch } from './watch-model.js';

/** The result of a step of the model for one token. */
export interface TokenVector {
  /** Name of the step within its block, as in `ModelStep`: `norm1`, `attention.query`, `mlp.residual`. */
  readonly step: string;
  readonly values: Float32Array;
}

/**
 * The attention of one head for one token. All fields except `query` and `sum` have an entry for each key, in the
 * same order.
 */
export interface HeadReading {
  /** The token's query, `[D]`. */
  readonly query: Float32Array;
  /**
   * Keys of all tokens, including masked ones, `[D]` each. If attention is compressed: keys of the first token and of
   * the groups.
   */
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  /** Scaled product of the query and each key. */
  readonly scores: Float32Array;
  /** The scores, with `-Infinity` for keys that the mask hides. */
  readonly masked: Float32Array;
  /** The softmax of the masked scores. */
  readonly weights: Float32Array;
  /** The sum of the values, each multiplied by its weight, `[D]`. */
  readonly sum: Float32Array;
}

/** Every intermediate result of one block for a prompt. */
export interface BlockReading {
  /** Count of the numbers in the reading, for limits of memory. */
  readonly size: number;
  /**
   * Returns every intermediate vector of a token in order, from the block's input, `stream`, to its output. Results
   * that are split by head are in `head` instead.
   *
   * @throws RangeError if the prompt has no such position.
   */
  vectors(position: number): TokenVector[];
  /**
   * Returns the attention of one head for a token.
   *
   * @throws RangeError if there is no such head or position.
   */
  head(head: number, position: number): HeadReading;
  /**
   * Returns the scores and weights of one head for all tokens.
   *
   * @throws RangeError if the block has no such head.
   */
  table(head: number): ScoreTable;
}

/**
 * Computes every intermediate result of a block for a prompt.
 *
 * @throws RangeError if the model has no such layer, and in the same cases as `watchModel`.
 */
export function readBlock(model: Model, prompt: TokenPrompt, layer: number): BlockReading {
  return record(model, prompt, blockRecorder(model.decoder, layer));
}

/** A recorded step, with the numbers of all tokens. */
interface RecordedStep {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * Records every step of a block.
 *
 * @param input - The block's input, `[T, C]`, if the steps before the block are not watched.
 */
export function blockRecorder(
  decoder: Decoder,
  layer: number,
  input?: Float32Array,
): Recorder<BlockReading> {
  checkIndex('layer', layer, decoder.layers.length);
  const { nHead, nEmbd: C } = decoder.config;
  const { attention } = decoder.layers[layer];
  const steps = stepRecorder((step) => step.block === layer);
  let stream = input;
  return {
    watch: (step) => {
      if (isStream(step, layer)) stream = step.value.dataSync<'float32'>().slice();
      steps.watch(step);
    },
    result: () => {
      const values = stream ?? new Float32Array();
      const shape = [values.length / C, C];
      const recorded = new Map([['stream', { shape, values }], ...steps.result()]);
      const of = (name: string): RecordedStep => recorded.get(`attention.${name}`) ?? EMPTY;
      const [, T] = of('scores').shape;
      const rowsOf = (name: string, head: number): Float32Array[] => rowsOfHead(of(name), head);
      return {
        size: Array.from(recorded.values()).reduce((sum, { values }) => sum + values.length, 0),
        vectors: (position) => tokenVectors(recorded, T, position),
        head: (head, position) => {
          checkIndex('head', head, nHead);
          checkIndex('position', position, T);
          const row = (name: string): Float32Array => rowsOf(name, head)[position];
          return {
            query: row('queryHeads'),
            keys: rowsOf('keyHeads', head),
            values: rowsOf('valueHeads', head),
            ...{ scores: row('scores'), masked: row('masked'), weights: row('weights') },
            sum: row('mixed'),
          };
        },
        table: (head) => {
          checkIndex('head', head, nHead);
          const byToken = (name: string): Float32Array[] => {
            const what = name === 'weights' ? 'weights' : 'scores';
            return rowsOf(name, head).map((row) =>
              Float32Array.from(attention.byToken(row, what, T)),
            );
          };
          const [scores, masked, weights] = ['scores', 'masked', 'weights'].map(byToken);
          return { scores, masked, weights };
        },
      };
    },
  };
}

/** Whether the result of a step may be the input of a block. If several steps qualify, the last one is the input. */
function isStream({ block, step }: ModelStep, layer: number): boolean {
  if (layer === 0) return step === 'tokenEmbedding' || (block === undefined && step === 'input');
  return block === layer - 1 && step === 'mlp.residual';
}

const EMPTY: RecordedStep = { shape: [0, 0, 0], values: new Float32Array() };

/** Records the numbers of some steps. If two steps have the same name, only the first one is recorded. */
export function stepRecorder(
  isWanted: (step: ModelStep) => boolean,
): Recorder<ReadonlyMap<string, RecordedStep>> {
  const recorded = new Map<string, RecordedStep>();
  return {
    watch: (step) => {
      if (!isWanted(step) || recorded.has(step.step)) return;
      const { shape } = step.value;
      recorded.set(step.step, { shape, values: step.value.dataSync<'float32'>().slice() });
    },
    result: () => recorded,
  };
}

/** A step of the model and the shape of its result. */
export interface StepShape {
  /** Name of the step, as in `ModelStep`. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** Returns the shapes of all steps of a model for a prompt, in order. */
export function stepShapes(model: Model, prompt: TokenPrompt): StepShape[] {
  return record(model, prompt, shapeRecorder());
}

/** Records the shape of every step. */
export function shapeRecorder(): Recorder<StepShape[]> {
  const shapes: StepShape[] = [];
  return {
    watch: ({ name, value }) => shapes.push({ name, shape: value.shape }),
    result: () => shapes,
  };
}

/**
 * Records the shapes of the steps of blocks. Watching a block computes its attention a second time, in
 * composed form, so only the first block of each kind is watched.
 */
export function blockShapes({ nLayer, attention, positions }: Model['config']): {
  /** Returns the callback that records a block's steps, if the block is the first of its kind; else `undefined`. */
  watch(layer: number): Watch | undefined;
  result(): StepShape[];
} {
  const recorders = new Map<string, { layer: number } & ReturnType<typeof shapeRecorder>>();
  const kindsOf = (layer: number): string =>
    [attention, positions]
      .map((pattern) => pattern.split(','))
      .map((kinds) => kinds[layer % kinds.length])
      .join();
  return {
    watch: (layer) => {
      if (recorders.has(kindsOf(layer))) return undefined;
      const recorder = shapeRecorder();
      recorders.set(kindsOf(layer), { layer, ...recorder });
      return recorder.watch;
    },
    result: () =>
      Array.from({ length: nLayer }, (_, layer) => {
        const first = recorders.get(kindsOf(layer));
        return (first?.result() ?? []).map(({ name, shape }) => {
          return { name: name.replace(`blocks.${first?.layer}.`, `blocks.${layer}.`), shape };
        });
      }).flat(),
  };
}

/** Steps whose rows are groups of tokens. */
const OF_GROUPS = /^attention\.(?:\w+Groups|compress\w*)$/u;

/**
 * Returns the vectors of one token, from the recorded steps that have a row for each token.
 *
 * @throws RangeError if the prompt has no such position.
 */
export function tokenVectors(
  recorded: ReadonlyMap<string, RecordedStep>,
  tokens: number,
  position: number,
): TokenVector[] {
  checkIndex('position', position, tokens);
  return Array.from(recorded)
    .filter(([step, { shape }]) => shape.length === 2 && !OF_GROUPS.test(step))
    .map(
      ([
        step,
        {
          shape: [, width],
          values,
        },
      ]) => {
        return { step, values: values.slice(position * width, (position + 1) * width) };
      },
    );
}

/** Returns the rows of one head of a step, `[H, rows, width]`. */
function rowsOfHead(
  { shape: [, rows, width], values }: RecordedStep,
  head: number,
): Float32Array[] {
  return Array.from({ length: rows }, (_, row) => {
    const start = (head * rows + row) * width;
    return values.subarray(start, start + width);
  });
}
