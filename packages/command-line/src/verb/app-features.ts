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
  /** Name of the domain whose models are used: `text`. */
  readonly domain: string;
  /**
   * Makes a domain for this app's task from the domain files in a run of the other domain. The `name` of the result
   * is the name of the other domain.
   *
   * @throws Error that names the file if one is missing or malformed.
   */
  load(files: Files): Promise<Domain<Example, Prompt, Output>>;
  /**
   * Returns the default sampling settings.
   *
   * @param names - Names of the domain files in the run of the other domain.
   */
  sampling(names: readonly string[]): Partial<SamplingConfig>;
}

/** Feature of apps that can use another domain's model: `--zero-shot`. */
export const zeroShotFeature = defineFeature<ZeroShot<unknown, unknown, unknown>>(
  'zeroShot',
  object(),
);

/**
 * Functions to train on conversations. `@ramble/datasets` recognizes files of conversations by the names of their
 * fields.
 */
export interface Conversations<Example> extends Pick<AppData<Example>, 'readExamples'> {
  /**
   * Returns a copy of a domain whose examples are conversations. `lossOn` selects the tokens that count in the loss.
   */
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

/** Creation of a companion file for each output, such as a WAV next to a MIDI file, with its flags of `sample`. */
export interface Companion<Output, Options> {
  readonly settings: SettingTable<Options>;
  /**
   * Name of the setting that requests the companion file in addition to the output. If `--out` has the companion's
   * extension, only the companion is written.
   */
  readonly setting: string;
  /** Extension of the companion files: `.wav`. */
  readonly extension: string;
  /**
   * Prepares the companion's writer before the model samples.
   *
   * @returns `undefined` if no companion file was requested.
   * @throws Error that names the setting, if something that it needs is missing.
   */
  open(options: Options): Promise<CompanionMaker<Output> | undefined>;
}

/** Makes the companion file of each output. All data that this requires has been loaded. */
export interface CompanionMaker<Output> {
  /** Makes the companion file of an output. `prompt` is the prompt that the output begins with, if it is known. */
  make(output: Output, prompt?: unknown): Promise<FileArtifact>;
}

/** Methods that make outputs without a model: further values of `--method` of `sample` and `evaluate`. */
export interface ModelFree<Prompt, Output, Options> {
  /** Names of the methods: `['textrank']`. */
  readonly methods: readonly string[];
  /** Options of the methods, such as an output's length, which become flags of `sample`. */
  readonly settings: SettingTable<Options>;
  /**
   * Makes an output without a model.
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

/** Feature that makes a companion file for each output, such as a sound file. */
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
  /** Maker of a companion file for each piece, such as a sound file. */
  readonly companion?: Companion<Piece, unknown>;
}

/** Feature of apps whose pieces can be converted: `render`. */
export const renderingFeature = defineFeature<Rendering<unknown>>(
  'rendering',
  object({ read: fn(), show: fn() }),
);

/**
 * Settings and callbacks of a partner (a model that plays music with a person in turns). Times are in milliseconds of
 * the clock `now`; lengths are in seconds.
 */
interface PartnerOptions {
  /** Id of the model in the calls of the Explorer's interface. */
  readonly model: string;
  readonly contextLength: number;
  readonly restSeconds: number;
  /** Length of an answer in seconds; by default the length of the person's phrase, from 2 to 20. */
  readonly answerSeconds?: number;
  readonly sampling: Readonly<Record<string, unknown>>;
  readonly now: () => number;
  /**
   * Called with each MIDI message of an answer, and the time in milliseconds at which it is to be played. The call is
   * earlier than that time.
   */
  readonly send: (message: readonly number[], milliseconds: number) => void;
  readonly onError: (error: unknown) => void;
}

/** A model that answers the musical phrases of a person. */
export interface Partner {
  readonly facts: {
    readonly latencyMs?: number;
    readonly noteCount: number;
    readonly lateCount: number;
  };
  /** Receives a MIDI message that the person played, and its time in milliseconds. */
  receive(message: ArrayLike<number>, milliseconds: number): void;
  /** Sends the messages that are due, and starts or ends answers. The caller calls it every 10 to 20 milliseconds. */
  tick(): void;
  /** Ends the current answer, and its notes that still sound. */
  stop(): void;
}

/** Functions of the Explorer's interface with which a partner runs its model. */
interface PartnerCalls {
  readonly encode: WholeCall<EncodeAnswer>;
  readonly next: WholeCall<NextAnswer>;
  readonly write: StreamedCall<WriteEvent>;
}

/**
 * Starts a partner (a model that plays with a person in turns). It first listens to the person, and answers after a
 * rest.
 */
export type StartDuet = (calls: PartnerCalls, options: PartnerOptions) => Partner;

/** Feature of apps whose models play with a person in turns: `duet`. */
export const duetFeature = defineFeature<StartDuet>('duet', fn());

/** Feature with methods that make outputs without a model. */
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
 * The part of an app that flags and help read. A whole app is also a `DeclaredApp`. Of features that the help does
 * not read, only the names matter.
 */
export interface DeclaredApp extends Omit<
  AnyApp,
  'factory' | 'data' | 'readPrompt' | 'showOutput'
> {
  /** Members that are defined if the app reads tables (`fields`) and parallel files (`readParallel`). */
  readonly data: { readonly fields?: unknown; readonly readParallel?: unknown };
}
