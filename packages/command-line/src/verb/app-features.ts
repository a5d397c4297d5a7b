import type {
  AnyApp,
  AnyDomain,
  Artifact,
  Domain,
  Files,
  SamplingConfig,
  SettingTable,
} from '@ramble/core';
import {
  type AppData,
  type ContentOptions,
  defineFeature,
  type FileArtifact,
  type HuggingFaceForm,
  shape,
} from '@ramble/core/app';
import type { PromptAttention } from '@ramble/core/study';
import type {
  EncodeAnswer,
  NextAnswer,
  StreamedCall,
  WholeCall,
  WriteEvent,
} from '@ramble/explorer';
import type { AttentionPicture } from '@ramble/explorer/pages';
import type { LossOn } from '@ramble/language/chat';

const { fn, is, isFileArtifact, isTexts, object, optional, returned } = shape;

/** Reader and writer of the domain's vocabulary in a Hugging Face folder, for `export` and `import`. */
export const huggingFaceFeature = defineFeature<HuggingFaceForm<AnyDomain>>(
  'huggingFace',
  object({ read: fn(), write: fn() }),
);

/** Use of another domain's model for this task without training, such as a text model that summarizes. */
export interface ZeroShot<Example, Prompt, Output> {
  /** The name of the other domain. */
  readonly domain: string;
  /**
   * Loads this domain from the files of a run of the other domain. Its `name` is then the other domain's.
   *
   * @throws Error that names the file if one is missing or malformed.
   */
  load(files: Files): Promise<Domain<Example, Prompt, Output>>;
  /**
   * Default sampling settings.
   *
   * @param names - Names of the other domain's files in the run.
   */
  sampling(names: readonly string[]): Partial<SamplingConfig>;
}

/** Feature of apps that can use another domain's model: `--zero-shot`. */
export const zeroShotFeature = defineFeature<ZeroShot<unknown, unknown, unknown>>(
  'zeroShot',
  object(),
);

/** Functions to train on conversations. `@ramble/datasets` recognizes their files by the fields. */
export interface Conversations<Example> extends Pick<AppData<Example>, 'readExamples'> {
  /** Returns a copy of a domain whose examples are conversations. `lossOn`: the tokens that count in the loss. */
  domain(domain: AnyDomain, lossOn: LossOn): Domain<Example, unknown, unknown>;
}

/** Feature of apps that can train on conversations. */
export const conversationsFeature = defineFeature<Conversations<unknown>>(
  'conversations',
  object({ readExamples: fn(), domain: fn() }),
);

/**
 * Feature of apps with their own examples for the help: words after `ramble DOMAIN VERB`, by verb. The default examples
 * continue text.
 */
export const helpExamplesFeature = defineFeature<Readonly<Record<string, readonly string[]>>>(
  'helpExamples',
  object(),
);

/** Creation of a second file for each output, such as a WAV next to a MIDI file, with its flags of `sample`. */
export interface Companion<Output, Options> {
  readonly settings: SettingTable<Options>;
  /** The setting that requests the second file; an `--out` with the second file's extension requests only that file. */
  readonly setting: string;
  /** Extension of the companion files: `.wav`. */
  readonly extension: string;
  /**
   * Prepares the companion's writer before the model samples.
   *
   * @returns `undefined` if no second file was requested.
   * @throws Error that names the setting, if something that it needs is missing.
   */
  open(options: Options): Promise<CompanionMaker<Output> | undefined>;
}

/** Writes the second file for each output; all data that this needs is already loaded. */
export interface CompanionMaker<Output> {
  /** Writes the second file of an output; `prompt` is the prompt that it begins with, if it is known. */
  make(output: Output, prompt?: unknown): Promise<FileArtifact>;
}

/** Methods that write outputs without a model: further values of `--method` of `sample` and `evaluate`. */
export interface ModelFree<Prompt, Output, Options> {
  /** Names of the methods: `['textrank']`. */
  readonly methods: readonly string[];
  /** Options of the methods, such as an output's length, which become flags of `sample`. */
  readonly settings: SettingTable<Options>;
  /**
   * Writes an output without a model.
   *
   * @param method - Name of the method.
   */
  write(method: string, prompt: Prompt, options: Options): Output;
}

/**
 * Whether each output is one line: `sample` then prints one line for each, without headings; a line break within
 * an output becomes a space.
 */
export const oneLineFeature = defineFeature<boolean>(
  'oneLine',
  is('true, false', (value) => typeof value === 'boolean'),
);

/** Feature with the extensions of files that outputs can be written to; any by default. */
export const outputExtensionsFeature = defineFeature<readonly string[]>(
  'outputExtensions',
  optional(is('a list of endings', isTexts), "a list of endings or none, ['.txt']"),
);

/** Feature that writes a second file next to each output, such as its sound. */
export const companionFeature = defineFeature<Companion<unknown, unknown>>(
  'companion',
  object({
    open: fn({
      returns: 'free', // its errors are about the user's input
      gives: object({
        make: fn({
          returns: 'later',
          of: 0,
          name: 'companion',
          result: returned("{ kind: 'file', extension, bytes }", isFileArtifact),
        }),
      }),
    }),
  }),
);

/** Conversion of a piece's file to the app's other kinds of files, without tokens and without a model. */
export interface Rendering<Piece> {
  /** Reads a file; messages of its errors and repairs begin with the file's name. */
  read(name: string, content: Uint8Array, options?: ContentOptions): Piece;
  /** Turns a piece into a file with one of the extensions of the feature `outputExtensions`. */
  show(piece: Piece, extension: string): Artifact;
  /** Maker of a further kind of file, such as sound. */
  readonly companion?: Companion<Piece, unknown>;
}

/** Feature of apps whose pieces can be converted: `render`. */
export const renderingFeature = defineFeature<Rendering<unknown>>(
  'rendering',
  object({ read: fn(), show: fn() }),
);

/** Settings and callbacks of a partner. Times are in milliseconds of the clock `now`; lengths are in seconds. */
interface PartnerOptions {
  /** Id of the model in the calls. */
  readonly model: string;
  readonly contextLength: number;
  readonly restSeconds: number;
  /** Length of an answer; by default that of the phrase. */
  readonly answerSeconds?: number;
  readonly sampling: Readonly<Record<string, unknown>>;
  readonly now: () => number;
  /** Receives messages of answers ahead of their times. */
  readonly send: (message: readonly number[], milliseconds: number) => void;
  readonly onError: (error: unknown) => void;
}

/** A model that answers the phrases of a person. */
export interface Partner {
  readonly facts: {
    readonly latencyMs?: number;
    readonly noteCount: number;
    readonly lateCount: number;
  };
  /** Receives a message of the person. */
  receive(message: ArrayLike<number>, milliseconds: number): void;
  /** Sends the messages that are due, and starts or ends answers. The caller calls it about every 20 milliseconds. */
  tick(): void;
  /** Ends the answer and its notes. */
  stop(): void;
}

/** Functions of the Explorer's interface with which a partner runs its model. */
interface PartnerCalls {
  readonly encode: WholeCall<EncodeAnswer>;
  readonly next: WholeCall<NextAnswer>;
  readonly write: StreamedCall<WriteEvent>;
}

/** Starts a partner. It first listens to the person, and answers after a rest. */
export type StartDuet = (calls: PartnerCalls, options: PartnerOptions) => Partner;

/** Feature of apps whose models play with a person in turns: `duet`. */
export const duetFeature = defineFeature<StartDuet>('duet', fn());

/** Feature with methods that write outputs without a model. */
export const modelFreeFeature = defineFeature<ModelFree<unknown, unknown, unknown>>(
  'modelFree',
  object({ write: fn({ returns: 'now', of: 1 }) }),
);

/** Feature that draws a prompt's attention weights, for example over notes: `inspect --attention-picture`. */
export const attentionPictureFeature = defineFeature<(study: PromptAttention) => AttentionPicture>(
  'attentionPicture',
  fn(),
);

/** Training on plain text before training on examples: `curve --pretrain-steps`. */
export interface Pretraining<Example, Options> {
  /** Name of the app whose models are pretrained on text. */
  readonly app: string;
  /** Derives the options of the text app from this app's options. */
  options(own: Options): Readonly<Record<string, unknown>>;
  /** Returns the texts in an example; each becomes a document. */
  textsOf(example: Example): readonly string[];
}

/** Feature of apps whose models can be pretrained on text. */
export const pretrainingFeature = defineFeature<Pretraining<unknown, unknown>>(
  'pretraining',
  object(),
);

/**
 * The part of an app that flags and help read; an app is one too. Features that the help does not read need only their
 * names.
 */
export interface DeclaredApp extends Omit<
  AnyApp,
  'factory' | 'data' | 'readPrompt' | 'showOutput'
> {
  /** Whether the app reads tables, and parallel files. */
  readonly data: { readonly fields?: unknown; readonly readParallel?: unknown };
}
