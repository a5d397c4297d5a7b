import type { SamplingConfig } from '../config/sampling-config.js';
import type { Domain, Files, Fitted, Grammar } from '../domain/domain.js';
import { counted } from '../files/bytes.js';
import type { JsonObject } from '../files/json.js';
import type { SettingTable } from '../settings/settings.js';
import { type Complaint, fn, is, isTexts, object, optional, partsOf, type Shape } from './shape.js';

/**
 * Values of an app's optional features by name. The feature's definition (`defineFeature`) gives the type of each
 * value.
 */
export type Features = Readonly<Record<string, unknown>>;

/** An optional capability of apps. Each feature is defined in the package that uses it. */
export interface Feature<T> {
  readonly name: string;
  readonly shape: Shape;
  /** Returns the app's value of this feature; `undefined` if it has none. */
  of(app: { readonly features?: Features }): T | undefined;
  /** Returns an object with the value under the feature's name, to spread into an app's `features`. */
  with(value: T): Readonly<Record<string, T>>;
}

/**
 * Defines a feature of apps.
 *
 * @param name - Name of the feature in an app's `features`. If it is missing there, the app's own property of that
 *   name is used.
 * @param shape - Expected form of the value. Apps that users write as JavaScript modules are checked against it.
 */
export function defineFeature<T>(name: string, shape: Shape): Feature<T> {
  return {
    name,
    shape: shape.fits(undefined) ? shape : optional(shape),
    of: (app) => {
      const owner = (app.features?.[name] === undefined ? app : app.features) as Features;
      const value = owner[name];
      return (typeof value === 'function' ? (value.bind(owner) as unknown) : value) as
        T | undefined;
    },
    with: (value) => ({ [name]: value }),
  };
}

/** Converts tokens to text as they arrive. It never returns half a character. */
export interface TextStream {
  /** Maximum number of earlier tokens that affect the text of a token; unlimited if absent. */
  readonly reach?: number;
  push(token: number): string;
  /** Ends the text and returns the rest, with U+FFFD for an incomplete character. */
  end(): string;
}

/**
 * An app's own settings for outputs, such as a length, and the grammar that enforces them. The settings are flags of
 * `sample`, in addition to the sampling settings.
 */
export interface OutputRules<Options, D = Domain<unknown, unknown, unknown>> {
  readonly settings: SettingTable<Options>;
  /**
   * Returns defaults of sampling settings for these options, such as a `maxNewTokens` that suffices for a given
   * length.
   */
  sampling(options: Options): Partial<SamplingConfig>;
  grammar(options: Options, output: RuledOutput<D>): Grammar<unknown>;
}

/** Inputs of an output's grammar, in addition to the user's options. */
export interface RuledOutput<D> {
  /** Maximum number of tokens of the output, so that the grammar can end it in time. */
  readonly maxNewTokens: number;
  /** The domain of the run. */
  readonly domain: D;
}

/** A score of the outputs of a model, with the outputs of the data as references, such as BLEU. */
export interface OutputScore {
  /** Name of the score as papers write it: `BLEU`, `ROUGE-1`. */
  readonly name: string;
  readonly score: number;
  /** Everything that the score depends on, so that others can reproduce it. */
  readonly signature: string;
}

/** Outputs of a simple method without a model, such as a copy of the source. A useful model scores higher. */
export interface Baseline<Output> {
  readonly name: string;
  /** One output per example, in the order of the examples. */
  readonly outputs: readonly Output[];
}

/** Scoring of outputs: used by `evaluate`, and by `train` on the validation data. */
export interface OutputScoring<Example, Prompt, Output> {
  /** Returns the prompt of an example. The output of the prompt is compared with the output of the example. */
  promptOf(example: Example): Prompt;
  /**
   * Makes an example from a prompt and a user's reference output. Absent if an example cannot be made from these two.
   */
  exampleOf?(prompt: Prompt, reference: Output): Example;
  /**
   * Returns scores of the outputs. In training, the first score compares evaluations; higher is better.
   *
   * @param outputs - One output per example, in the order of the examples.
   */
  score(outputs: readonly Output[], examples: readonly Example[]): readonly OutputScore[];
  /**
   * Returns the outputs of simple methods without a model, with which the outputs of the model are compared.
   *
   * @param training - The training examples; absent if they can no longer be read.
   */
  baselines?(
    examples: readonly Example[],
    training?: AsyncIterable<Example> | Iterable<Example>,
  ): Promise<readonly Baseline<Output>[]>;
}

/** A statistic of outputs: a number, several numbers by name, or several fractions by name. */
export type Statistic = { readonly name: string } & (
  | { readonly value: number }
  | { readonly values: Readonly<Record<string, number>> }
  | { readonly shares: Readonly<Record<string, number>> }
);

/** Reads and writes a domain's vocabulary in a Hugging Face folder. */
export interface HuggingFaceForm<D> {
  /** Names of the vocabulary's files; a folder may have only some of them. */
  readonly files: readonly string[];
  /**
   * Reads the domain from the files of a Hugging Face folder.
   *
   * @param vocabSize - Number of ids of the model in the folder.
   * @returns the domain, and its options for the run to record. If no options produce the vocabulary, an option
   *   describes it in words.
   * @throws RangeError that names the file, if it is not a file of this domain.
   */
  read(files: Files, vocabSize: number): Promise<Fitted<D, JsonObject>>;
  /** Returns the files with which Hugging Face transformers computes the same ids. */
  write(domain: D, contextLength: number): Files;
}

/** Features that the server, the Explorer and the command use. */
interface CoreFeatures<Example, Prompt, Output> {
  /**
   * Returns the output of a prompt that needs no model, such as an empty line. If an app has this function, its
   * outputs answer prompts and `sample` waits for a prompt. Without it, `sample` starts from an empty prompt by
   * default.
   */
  answer(prompt: Prompt): Output | undefined;
  /** Returns a converter of an output to text while it grows; absent if outputs cannot be shown in parts. */
  streamOutput(domain: Domain<Example, Prompt, Output>): TextStream;
}
/**
 * Core's features for an app of any types. The features are declared as methods, whose parameters TypeScript compares
 * bivariantly, so that functions with an app's own types are assignable.
 */
type Any = CoreFeatures<unknown, unknown, unknown>;

/** Feature `answer`: returns the output of a prompt that needs no model, such as an empty line. */
export const answerFeature: Feature<Any['answer']> = defineFeature(
  'answer',
  fn({ returns: 'now', of: 0 }),
);

/** Feature `streamOutput`: converts an output to text token by token while it grows. */
export const streamOutputFeature: Feature<Any['streamOutput']> = defineFeature(
  'streamOutput',
  fn(),
);

/** Feature `outputRules`: an app's own settings for outputs, as flags of `sample` and fields of requests. */
export const outputRulesFeature = defineFeature<OutputRules<unknown>>('outputRules', object());

/** Feature `scoring`: scores with which `evaluate`, `train` and the Explorer compare outputs with the data. */
export const scoringFeature = defineFeature<OutputScoring<unknown, unknown, unknown>>(
  'scoring',
  object({
    promptOf: fn({ returns: 'now', of: 0 }),
    exampleOf: optional(fn({ returns: 'now' })),
    score: fn({ returns: 'now', result: checkScores }),
    baselines: optional(
      fn({ returns: 'later', result: (found, { given }) => checkBaselines(found, given[0]) }),
    ),
  }),
);

/** Feature `promptExamples`: prompts to try, as the texts that `readPrompt` reads. The Explorer offers them. */
export const promptExamplesFeature = defineFeature<readonly string[]>(
  'promptExamples',
  is('a list of texts', isTexts),
);

/** All features of core. */
export const APP_FEATURES = [
  answerFeature,
  streamOutputFeature,
  outputRulesFeature,
  scoringFeature,
  promptExamplesFeature,
] as const;

function checkScores(scores: unknown): Complaint | undefined {
  const isScore = (each: unknown): boolean => {
    const { name, score, signature } = partsOf(each);
    return typeof name === 'string' && typeof score === 'number' && typeof signature === 'string';
  };
  if (!Array.isArray(scores) || scores.length === 0 || !scores.every(isScore)) {
    return { expected: 'a list of { name, score, signature }', got: scores };
  }
  const wrong = (scores as OutputScore[]).find(({ score }) => !Number.isFinite(score)); // as was checked
  return wrong && { expected: `a finite number for ${wrong.name}`, got: wrong.score };
}

function checkBaselines(baselines: unknown, examples: unknown): Complaint | undefined {
  if (!Array.isArray(baselines)) {
    return { expected: 'a list of { name, outputs }', got: baselines };
  }
  const { length } = examples as readonly unknown[]; // the verb gives a list
  for (const each of baselines as unknown[]) {
    const { name, outputs } = partsOf(each);
    if (typeof name !== 'string' || !Array.isArray(outputs)) {
      return { expected: '{ name, outputs }', got: each };
    }
    if (outputs.length !== length) {
      const expected = `${counted(length, 'output')} of ${name}, one per example`;
      return { expected, got: outputs.length };
    }
  }
  return undefined;
}
