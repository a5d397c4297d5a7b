import type { SettingTable } from '../settings/settings.js';
import type { ModelConfig } from '../config/model-config.js';
import type { SamplingConfig } from '../config/sampling-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import type { DataFile } from '../files/bytes.js';
import type { AnyDomain, Domain, DomainFactory, TokenPrompt } from '../domain/domain.js';
import { type Features, streamOutputFeature } from './app-features.js';

/**
 * Names of the fields or columns that contain the texts of an example, for apps that read lines of JSON or tables. A
 * table (`.csv`, `.parquet`, `.tsv` with many columns) is converted: the app receives a line of JSON, or a line with
 * tabs, for each row. Lines of the file before the rows, such as a header, become empty lines, so that line numbers
 * in errors are the file's. Users may choose other columns with `--fields`.
 */
export interface DataFields {
  /** The names in the app's own files, such as `['source', 'target']`. */
  readonly names: readonly string[];
  /** Names of optional fields, which are kept if a file has them: `['from', 'to']`. */
  readonly optional?: readonly string[];
  /** Names in other data sets: for each data set, a list in the order of `names`: `[['article', 'highlights']]`. */
  readonly known?: readonly (readonly string[])[];
  /** Whether two columns named for languages are also accepted: `translation.de` and `translation.en`. */
  readonly areLanguages?: boolean;
  /** Whether the app also reads conversations, which have lists of messages. */
  readonly conversations?: boolean;
  /** Whether files contain multiple-choice questions, and the app reads nothing else. */
  readonly choices?: boolean;
}

/** An output as a file, such as a MIDI file. */
export interface FileArtifact {
  readonly kind: 'file';
  readonly extension: string;
  readonly bytes: Uint8Array;
}

/** A sampled output in its final form: text for a terminal, or a file. */
export type Artifact = { readonly kind: 'text'; readonly text: string } | FileArtifact;

/** Callbacks for data files that cannot be read, or only after a repair. */
export interface ReadingOptions {
  /** Called with the reason why a file is skipped. Without it, a file that cannot be read is an error. */
  readonly onSkip?: (reason: string) => void;
  /** Called with the fault of a file that was repaired and read. */
  readonly onRepair?: (repair: string) => void;
}

/** Options for reading the content of one prompt or output. */
export type ContentOptions = Pick<ReadingOptions, 'onRepair'>;

/** The options of prompts: flags of `sample`, `next` and `score`. */
export interface Prompting<Prompt, Options> {
  readonly settings: SettingTable<Options>;
  /**
   * Names of settings whose value is the path of a file with a prompt: with `['primer']`, `--primer FILE` gives a
   * prompt as `--prompt-file FILE` does.
   */
  readonly files?: readonly string[];
  /**
   * Applies the given options to a prompt.
   *
   * @param output - Given settings of the app's `outputRules`, such as the tracks to write.
   */
  apply(prompt: Prompt, options: Options, output?: Readonly<Record<string, unknown>>): Prompt;
}

/** The data of an app: the files from which it reads examples, and how. */
export interface AppData<Example> {
  /** Extensions of the files that are accepted as data, and read from a data folder: `.txt`. */
  readonly extensions: readonly string[];
  /** The fields of files that store texts under names; without them, files are passed on unchanged. */
  readonly fields?: DataFields;
  /**
   * Reads the examples of training data from files.
   *
   * @throws Error that names the file and the place in it.
   */
  readExamples(files: readonly DataFile[], options?: ReadingOptions): AsyncIterable<Example>;
  /** Reads two files, given by `--source` and `--target` instead of `--data`, whose lines correspond. */
  readParallel?(
    source: DataFile,
    target: DataFile,
    options?: ReadingOptions,
  ): AsyncIterable<Example>;
  /** Reads two files, from the folders `--source` and `--target`, that make one example together. */
  readFilePair?(
    source: DataFile,
    target: DataFile,
    options?: ReadingOptions,
  ): AsyncIterable<Example>;
  /**
   * Returns the texts of an example. When data is split, examples that share a text all go to the training data or
   * all to the validation data. Without this function, the last examples are the validation data.
   */
  textsOf?(example: Example): readonly string[];
}

/**
 * A domain with everything that a command line needs to offer it. All verbs work with any app: train, sample,
 * evaluate, score, encode, decode, next, inspect. Everything else is an optional feature.
 */
export interface App<Example, Prompt, Output, Options> {
  /** Name of the app on the command line, the word after `ramble`: `ramble music train`. */
  readonly name: string;
  /** A one-line description for the help. */
  readonly description: string;
  readonly factory: DomainFactory<Domain<Example, Prompt, Output>, Example, Options>;
  /** The domain's own settings, flags of `train`. */
  readonly options: SettingTable<Options>;
  /**
   * Conversion of examples to sequences for training:
   * - `stream`: examples are consecutive parts of one long sequence, and training takes crops of it.
   * - `examples`: each example is a separate sequence. If it is longer than the context, it is cut.
   * - `pieces`: each example is longer than the context. Training takes crops of it, and evaluation reads all of it.
   *   Every piece begins with the tokens of an empty prompt, and an output includes its prompt.
   */
  readonly packing: 'stream' | 'examples' | 'pieces';
  readonly data: AppData<Example>;
  /**
   * Reads a prompt from a text, a file's content or standard input. Messages of its errors and repairs begin
   * with `prompt: `, which callers replace with the source of the content.
   */
  readPrompt(content: Uint8Array, options?: ContentOptions): Prompt;
  /** Reads an output to score, from a text or a file's content. Messages of its errors begin with `output: `. */
  readOutput?(content: Uint8Array, options?: ContentOptions): Output;
  /**
   * Turns an output into a text or a file.
   *
   * @param extension - Extension of the requested file, one of the feature `outputExtensions`.
   * @param prompt - The prompt whose tokens the output begins with, if it is known. It may have information
   *   that is not in the tokens, such as the bars of a piece.
   */
  showOutput(output: Output, extension?: string, prompt?: Prompt): Artifact;
  readonly prompting?: Prompting<Prompt, unknown>;
  /** Default sampling settings of the app, such as a number of beams. */
  readonly sampling?: Partial<SamplingConfig>;
  /**
   * Named settings for `--preset`, in addition to the sizes that every domain has. `defaults` is no preset:
   * it has the settings of a new run that has no preset and starts from no other run. Flags override them.
   */
  readonly presets?: Readonly<Record<string, Partial<ModelConfig & TrainingConfig & Options>>>;
  /**
   * Optional features by name. The features of core have names that end in `Feature`, such as `scoringFeature`.
   * The features of the command are in `@ramble/command-line/features`.
   */
  readonly features?: Features;
}

/** An app of any domain. */
export type AnyApp = App<unknown, unknown, unknown, unknown>;

/**
 * The part of an app that reads prompts for a trained model and shows its outputs. It needs no data and no
 * folders, so that it runs in a browser too.
 */
export type InferenceApp<Example, Prompt, Output, Options> = Omit<
  App<Example, Prompt, Output, Options>,
  'options' | 'data' | 'presets'
>;

/** The part of an app that reads prompts and shows outputs (`InferenceApp`), for an app of any domain. */
export type AnyInferenceApp = InferenceApp<unknown, unknown, unknown, unknown>;

/**
 * Returns the file extension of an app's outputs without its dot, such as `mid`. It is read from an empty output.
 *
 * @returns `undefined` if outputs are text.
 */
export function outputFormat(app: AnyInferenceApp, domain: AnyDomain): string | undefined {
  if (streamOutputFeature.of(app)) return undefined;
  try {
    const artifact = app.showOutput(domain.decodeOutput([]));
    return artifact.kind === 'file' ? artifact.extension.replace(/^\./, '') : undefined;
  } catch {
    return undefined; // a user's app may be unable to show an empty output
  }
}

/**
 * Returns the tokens from which an output is decoded. With packing `pieces`, an output includes its whole prompt.
 * Otherwise it includes only the tokens of the prompt that already belong to the output (from `outputStart` on).
 *
 * @param output - The tokens that the model generated after the prompt.
 */
export function outputTokens(
  { packing }: Pick<AnyApp, 'packing'>,
  { tokens, outputStart = tokens.length }: TokenPrompt,
  output: readonly number[],
): number[] {
  return [...Array.from(tokens).slice(packing === 'pieces' ? 0 : outputStart), ...output];
}
