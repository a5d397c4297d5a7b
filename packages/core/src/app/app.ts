import type { SettingTable } from '../settings/settings.js';
import type { ModelConfig } from '../config/model-config.js';
import type { SamplingConfig } from '../config/sampling-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import type { JsonObject } from '../files/json-object.js';
import type { DataFile } from '../files/data-file.js';
import type { Domain, DomainFactory, Files, Fitted, Grammar } from '../domain/domain.js';
import type { PromptAttention } from '../study/prompt-attention.js';

/**
 * The names under which a line of JSON or a row of a table holds the texts of an example. An app that
 * gives them gets tables (`.csv`, `.parquet`, `.tsv` with many columns) as lines of JSON or of tabs,
 * with empty lines where a table has none of its rows, and users may choose other columns with `--fields`.
 */
export interface DataFields {
  /** The names in the app's own files: `['source', 'target']`. */
  readonly names: readonly string[];
  /** The names of fields that a file may have too, which are kept: `['from', 'to']`. */
  readonly optional?: readonly string[];
  /** The names that other data sets use, in the same order: `[['article', 'highlights']]`. */
  readonly known?: readonly (readonly string[])[];
  /** Whether two columns named for languages are taken too: `translation.de` and `translation.en`. */
  readonly areLanguages?: boolean;
}

/** A file of an output's own kind. */
export interface FileArtifact {
  readonly kind: 'file';
  readonly extension: string;
  readonly bytes: Uint8Array;
}

/** A sampled output in its final form: text for a terminal, or a file. */
export type Artifact = { readonly kind: 'text'; readonly text: string } | FileArtifact;

/** Turns tokens into text as they come; never gives half a character. */
export interface TextStream {
  /** Number of earlier tokens that what a token adds depends on; any number unless given. */
  readonly reach?: number;
  push(token: number): string;
  /** Ends the text and returns the rest, with U+FFFD for an incomplete character. */
  end(): string;
}

/** How a domain's vocabulary is read from and written to a Hugging Face folder. */
export interface HuggingFaceForm<D> {
  /** Names of the vocabulary's files; a folder may have only some of them. */
  readonly files: readonly string[];
  /**
   * Reads the domain from the files of a Hugging Face folder.
   *
   * @param vocabSize - Number of ids of the model that the folder holds.
   * @returns the domain, and its options for the run to record: where no options make the vocabulary, words
   *   that say what it is.
   * @throws RangeError that names the file, when it is none of this domain.
   */
  read(files: Files, vocabSize: number): Promise<Fitted<D, JsonObject>>;
  /** Files with which transformers computes the same ids. */
  write(domain: D, contextLength: number): Files;
}

/** What becomes of files of data that cannot be read, or not as they are. */
export interface ReadingOptions {
  /** Told why a file is left out. Without it a file that cannot be read is an error. */
  readonly onSkip?: (reason: string) => void;
  /** Told what was wrong with a file that was read all the same. */
  readonly onRepair?: (repair: string) => void;
}

/** How the content of one prompt or output is read. */
export type ContentOptions = Pick<ReadingOptions, 'onRepair'>;

/** The options of prompts: flags of `sample`, `next` and `score`. */
export interface Prompting<Prompt, Options> {
  readonly settings: SettingTable<Options>;
  /** The settings that name a file with a prompt, as `--prompt-file` does: `['primer']`. */
  readonly files?: readonly string[];
  /** Applies the given options to a prompt. */
  apply(prompt: Prompt, options: Options): Prompt;
}

/** What may be asked of outputs, beside how tokens are drawn: flags of `sample`. */
export interface OutputRules<Options, D = Domain<unknown, unknown, unknown>> {
  readonly settings: SettingTable<Options>;
  /** Default sampling settings for the given limits, such as enough tokens for a length. */
  sampling(options: Options): Partial<SamplingConfig>;
  grammar(options: Options, output: RuledOutput<D>): Grammar<unknown>;
}

/** The limit and the domain that an output's grammar may depend on, in addition to the user's options. */
export interface RuledOutput<D> {
  /** The maximum number of tokens of the output, so that the grammar can end it in time. */
  readonly maxNewTokens: number;
  /** The domain of the run. */
  readonly domain: D;
}

/** A second file beside each output, where it is asked for: flags of `sample`. */
export interface Companion<Output, Options> {
  readonly settings: SettingTable<Options>;
  /** The setting that asks for it; an `--out` with its extension asks for the companion alone. */
  readonly setting: string;
  /** Extension of the companion files: `.wav`. */
  readonly extension: string;
  /**
   * Prepares the companion's writer before the model samples.
   *
   * @returns `undefined` where none was asked for.
   * @throws Error that names the setting, when what it takes is not there.
   */
  open(options: Options): Promise<CompanionMaker<Output> | undefined>;
}

/** Makes the companion of each output in turn, once what all of them share is read. */
export interface CompanionMaker<Output> {
  make(output: Output): Promise<FileArtifact>;
}

/** A score of outputs against those of the data. */
export interface OutputScore {
  /** Name of the score as papers write it: `BLEU`, `ROUGE-1`. */
  readonly name: string;
  readonly score: number;
  /** Everything that the score depends on, so that others can reproduce it. */
  readonly signature: string;
}

/** Outputs that no model wrote, to be better than. */
export interface Baseline<Output> {
  readonly name: string;
  /** One output per example, in the order of the examples. */
  readonly outputs: readonly Output[];
}

/** Scoring of outputs: in `evaluate`, and on the validation data in `train`. */
export interface OutputScoring<Example, Prompt, Output> {
  /** The prompt of an example, whose output is compared with the example's own. */
  promptOf(example: Example): Prompt;
  /** The example that a prompt and somebody's reference make; absent where references are no outputs. */
  exampleOf?(prompt: Prompt, reference: Output): Example;
  /**
   * The first is the one that a validation is judged by: the higher, the better.
   *
   * @param outputs - One an example, in their order.
   */
  score(outputs: readonly Output[], examples: readonly Example[]): readonly OutputScore[];
  /**
   * Outputs of methods that the model is compared with.
   *
   * @param training - What the model learned from; absent where it cannot be read any more.
   */
  baselines?(
    examples: readonly Example[],
    training?: AsyncIterable<Example> | Iterable<Example>,
  ): Promise<readonly Baseline<Output>[]>;
}

/** Methods that write outputs without a model: further values of `--method` of `sample` and `evaluate`. */
export interface ModelFree<Prompt, Output, Options> {
  /** Names of the methods: `['textrank']`. */
  readonly methods: readonly string[];
  /** The options of their outputs, such as a length, which become flags of `sample`. */
  readonly settings: SettingTable<Options>;
  /**
   * Writes an output without a model.
   *
   * @param method - One of the methods.
   */
  write(method: string, prompt: Prompt, options: Options): Output;
}

/** How a model of another domain, which was never trained on this one, is prompted for it. */
export interface ZeroShot<Example, Prompt, Output> {
  /** The name of the other domain. */
  readonly domain: string;
  /**
   * Loads this domain from the files of a run of the other domain, under the other domain's name.
   *
   * @throws Error when a file is missing or malformed, naming it.
   */
  load(files: Files): Promise<Domain<Example, Prompt, Output>>;
  /**
   * Default sampling settings.
   *
   * @param names - Names of the files of the other domain that the run has.
   */
  sampling(names: readonly string[]): Partial<SamplingConfig>;
}

/** How a model learns plain text before it learns the examples: `curve --pretrain-steps`. */
export interface Pretraining<Example, Options> {
  /** Name of the app that learns text. */
  readonly app: string;
  /** The options of the text app, derived from those of this app. */
  options(own: Options): Readonly<Record<string, unknown>>;
  /** The texts in an example, a document each. */
  textsOf(example: Example): readonly string[];
}

/** A statistic of outputs: a number, or by name several numbers or shares. */
export type Statistic = { readonly name: string } & (
  | { readonly value: number }
  | { readonly values: Readonly<Record<string, number>> }
  | { readonly shares: Readonly<Record<string, number>> }
);

/**
 * A domain with what a command line needs to know of it. From it come all verbs: train, sample,
 * evaluate, score, encode, decode, next, inspect.
 */
export interface App<Example, Prompt, Output, Options> {
  /** The word after `ramble`. */
  readonly name: string;
  /** A one-line description for the help. */
  readonly description: string;
  /**
   * Examples for the help of verbs, by verb: what is typed after it. The general ones go on from
   * text.
   */
  readonly helpExamples?: Readonly<Record<string, readonly string[]>>;
  readonly factory: DomainFactory<Domain<Example, Prompt, Output>, Example, Options>;
  /** The domain's own settings, flags of `train`. */
  readonly options: SettingTable<Options>;
  /**
   * `stream`: examples are pieces of one long run of tokens, and training takes crops of it.
   * `examples`: each example is a sequence of its own, and fits into the context or is cut.
   * `pieces`: each example is longer than the context; training takes crops of it, evaluation reads
   * it whole. All begin with the tokens of an empty prompt, and outputs go on from their prompts.
   */
  readonly packing: 'stream' | 'examples' | 'pieces';
  /** Extensions of the files that are accepted as data, and read from a data folder: `.txt`. */
  readonly extensions: readonly string[];
  /** The fields of files that hold texts under names; without them files come unchanged. */
  readonly fields?: DataFields;
  /**
   * Reads the examples of training data from files.
   *
   * @throws Error that names the file and the place in it.
   */
  readExamples(files: readonly DataFile[], options?: ReadingOptions): AsyncIterable<Example>;
  /** Reads two files whose lines belong together, of `--source` and `--target` instead of `--data`. */
  readParallel?(
    source: DataFile,
    target: DataFile,
    options?: ReadingOptions,
  ): AsyncIterable<Example>;
  /** Reads two files that are an example together, of folders that `--source` and `--target` name. */
  readFilePair?(
    source: DataFile,
    target: DataFile,
    options?: ReadingOptions,
  ): AsyncIterable<Example>;
  /**
   * The texts in an example. Of data that is split, those that have one in common are on one side; unless
   * given, the last examples validate.
   */
  textsOf?(example: Example): readonly string[];
  /**
   * Reads a prompt from a text, a file's content or standard input. What it says of the content, in
   * errors and repairs, begins with `prompt: `, for which the place is put.
   */
  readPrompt(content: Uint8Array, options?: ContentOptions): Prompt;
  /** An output to score, from a text or a file's content; what it says begins with `output: `. */
  readOutput?(content: Uint8Array, options?: ContentOptions): Output;
  /**
   * Turns an output into a text or a file.
   *
   * @param extension - Of the file that was asked for, one of `outputExtensions`.
   * @param prompt - The prompt whose tokens the output begins with, where it is known: it may say what no
   *   token does, such as the bars of a piece.
   */
  showOutput(output: Output, extension?: string, prompt?: Prompt): Artifact;
  /**
   * Whether each output is one line: `sample` then prints a line for each, without headings between
   * them, and a line break within an output as a space.
   */
  readonly oneLine?: boolean;
  /** Extensions of the files that outputs can be written to; any by default. */
  readonly outputExtensions?: readonly string[];
  readonly prompting?: Prompting<Prompt, unknown>;
  /**
   * The output of a prompt that needs no model: that of an empty line, say. With it outputs answer
   * prompts, and `sample` waits for one; without it it goes on from nothing.
   */
  answer?(prompt: Prompt): Output | undefined;
  /** The methods that write outputs without a model, where the domain has any. */
  readonly modelFree?: ModelFree<Prompt, Output, unknown>;
  /** Default sampling settings of the app, such as a number of beams. */
  readonly sampling?: Partial<SamplingConfig>;
  readonly outputRules?: OutputRules<unknown, Domain<Example, Prompt, Output>>;
  readonly companion?: Companion<Output, unknown>;
  readonly scoring?: OutputScoring<Example, Prompt, Output>;
  /** How a model of another domain is used for this one, with `--zero-shot`. */
  readonly zeroShot?: ZeroShot<Example, Prompt, Output>;
  /** How a model of this domain can start from a model of text. */
  readonly pretraining?: Pretraining<Example, Options>;
  /**
   * Statistics of outputs, by which samples are compared with the data.
   *
   * @param data - The outputs of all data, to look for copies in; outputs may be some of them.
   */
  statistics?(outputs: readonly Output[], data?: readonly Output[]): readonly Statistic[];
  /**
   * A picture of what a prompt's tokens attend to, in the terms of the domain; HTML or SVG in one file,
   * for `inspect --attention-picture`.
   *
   * @param title - Plain text.
   */
  drawAttention?(study: PromptAttention, title: string): string;
  /** Streams an output as text while it grows; absent where outputs cannot be shown in parts. */
  streamOutput?(domain: Domain<Example, Prompt, Output>): TextStream;
  /** Counts an example in units other than tokens: `{ character: 12, byte: 14, word: 2 }`. */
  measure?(
    example: Example,
    domain: Domain<Example, Prompt, Output>,
  ): Readonly<Record<string, number>>;
  /**
   * An example without its last word, and that word: for `evaluate --last-word`. `undefined` for one
   * that is only part of a document.
   *
   * @throws RangeError when there are not two words.
   */
  splitLastWord?(
    example: Example,
  ): { readonly prompt: Prompt; readonly output: Output } | undefined;
  /** The first examples, up to a number of characters, for `evaluate --max-characters`. */
  firstCharacters?(examples: AsyncIterable<Example>, count: number): AsyncIterable<Example>;
  /** How `export` and `import` store the vocabulary in a Hugging Face folder; absent if they keep none. */
  readonly huggingFace?: HuggingFaceForm<Domain<Example, Prompt, Output>>;
  /** The settings of a new run that has no preset and starts from no other run; flags override them. */
  readonly defaults?: Partial<ModelConfig & TrainingConfig>;
  /** Named settings for `--preset`, in addition to the sizes that every domain has. */
  readonly presets?: Readonly<Record<string, Partial<ModelConfig & TrainingConfig & Options>>>;
}

/** An app of any domain. */
export type AnyApp = App<unknown, unknown, unknown, unknown>;

/**
 * The part of an app that reads prompts for a trained model and shows its outputs. It needs no data and no
 * folders, so that it runs in a browser too.
 */
export type AskedApp<Example, Prompt, Output, Options> = Pick<
  App<Example, Prompt, Output, Options>,
  | 'name'
  | 'description'
  | 'factory'
  | 'packing'
  | 'readPrompt'
  | 'readOutput'
  | 'showOutput'
  | 'streamOutput'
  | 'prompting'
  | 'answer'
  | 'sampling'
  | 'outputRules'
  | 'scoring'
>;

/** The part of an app of any domain that prompts and outputs need. */
export type AnyAskedApp = AskedApp<unknown, unknown, unknown, unknown>;
