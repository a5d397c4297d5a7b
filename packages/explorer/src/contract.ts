/**
 * The Explorer's requests and responses, in plain JSON, so that an HTTP server and a worker in the page can both
 * answer the page.
 */
import type { ModelConfig } from '@ramble/core';
import type { CircuitProgress, CircuitRequest, Circuits, TokenMasking } from '@ramble/core/study';

/** A token as the page shows it. */
export interface PageToken {
  readonly id: number;
  /** Description of the token by its vocabulary: `" the"`, `note on C4`. */
  readonly word: string;
  /** Text that the token adds to an output; empty for a token with `bytes`. Equals `word` if outputs are not text. */
  readonly text: string;
  /** The token's UTF-8 bytes, if they are only part of a character, which then spans several tokens. */
  readonly bytes?: readonly number[];
}

/** A token with its probability and rank. */
export interface LikelyToken extends PageToken {
  /** The probability from 0 to 1, before temperature and filters. */
  readonly probability: number;
  /** Rank by probability; 1 is the most probable. */
  readonly rank: number;
}

/** A prompt as the user gives it: a text, or a file in base64. */
export interface PromptSource {
  readonly text?: string;
  readonly file?: string;
  /** Values of the model's `promptSettings`, by name. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Values of the model's `outputSettings` that also affect the prompt, by name, such as the tracks to write. */
  readonly outputOptions?: Readonly<Record<string, unknown>>;
}

/** A prompt as ids, like `TokenPrompt` of core. */
export interface PagePrompt {
  readonly tokens: readonly number[];
  readonly prefixLength?: number;
  readonly outputStart?: number;
  /**
   * The prompt as the user gave it; present only if the ids lack a part that the grammar or the final form of an
   * output needs, such as the file in which a region is filled in.
   */
  readonly source?: PromptSource;
}

/** A setting as a form shows it. */
export interface SettingView {
  /** Name in JSON: `topK`. */
  readonly name: string;
  readonly kind: 'integer' | 'number' | 'choice' | 'boolean' | 'string' | 'file';
  /** Description in one sentence. */
  readonly description: string;
  readonly default?: number | string | boolean;
  /** Description of the value that is used if none is given and `default` is absent. */
  readonly derived?: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** Sampling method in which the setting has an effect; absent if it always has. */
  readonly only?: 'random' | 'beams';
}

/** A model that the page can use. */
export interface ModelView {
  /** Id by which questions (requests) name the model. */
  readonly id: string;
  readonly domain: string;
  readonly description: string;
  readonly config: ModelConfig;
  readonly parameters: number;
  /** Format of the weights in memory: `int8`. */
  readonly weights: string;
  readonly engine: string;
  /** File extension of outputs, without its dot: `mid`; absent if they are text. */
  readonly format?: string;
  /**
   * Whether an output continues its prompt; otherwise it is an answer to the prompt, such as a translation.
   */
  readonly continues: boolean;
  /** Whether the text of an output is the joined text of its tokens; otherwise tokens are shown as separate words. */
  readonly joins: boolean;
  /** Prompts to try. The list is empty if prompts are files, or if the app names none that the domain can read. */
  readonly examples: readonly string[];
  /**
   * The prompt that the view "Look inside" shows if none is given. It is absent if prompts are files, or if the
   * domain can encode none of the built-in example texts.
   */
  readonly example?: string;
  /** Whether the model has a chat template. */
  readonly chats: boolean;
  /** Whether outputs can be scored against a reference. */
  readonly scores: boolean;
  /** Whether the domain has a grammar. */
  readonly hasGrammar: boolean;
  /** Settings that affect the prompt: `primerSeconds`. */
  readonly promptSettings: readonly SettingView[];
  /** Options of outputs in addition to sampling settings: `maxPolyphony`. */
  readonly outputSettings: readonly SettingView[];
  readonly samplingSettings: readonly SettingView[];
  /**
   * Defaults of sampling settings in conversations, by name, which override the defaults in `samplingSettings`;
   * absent if the model does not chat.
   */
  readonly chatSampling?: Readonly<Record<string, number>>;
}

/** A question that names a model. */
export interface ModelQuestion {
  readonly model: string;
}

/** A question about the tokens of a prompt. */
export interface PromptQuestion extends ModelQuestion {
  readonly prompt: PagePrompt;
}

/** A question about a prompt as the user gives it. */
export interface EncodeQuestion extends ModelQuestion, PromptSource {
  /** Maximum number of tokens of the output; a long prompt is cut to fit it. */
  readonly maxNewTokens?: number;
}

export interface EncodeAnswer {
  readonly prompt: PagePrompt;
  /** Tokens of the prompt, one per id. */
  readonly tokens: readonly PageToken[];
  /** Description of the cut, if the prompt was too long. */
  readonly cut?: string;
  /** The output, if the prompt needs no model, such as an empty line. */
  readonly answer?: ArtifactView;
}

/** One message of a conversation. */
export interface ChatTurn {
  /** `system`, `user` or `assistant`. */
  readonly role: string;
  readonly content: string;
}

/** A conversation to render with the model's template, up to the beginning of the answer. */
export interface ChatQuestion extends ModelQuestion {
  readonly messages: readonly ChatTurn[];
}

export interface NextQuestion extends PromptQuestion {
  /** Ids of the output so far, after the prompt; empty by default. */
  readonly output?: readonly number[];
  /** Number of tokens to return. */
  readonly count: number;
  /**
   * Values of the model's `samplingSettings`, by name. If absent, probabilities after the filters are not computed.
   */
  readonly sampling?: Readonly<Record<string, unknown>>;
  /** Values of the model's `outputSettings`, by name, which configure the grammar. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A candidate for the next token. */
export interface NextToken extends LikelyToken {
  /**
   * The probability after the grammar, the temperature and all other filters; 0 for a token that they remove. Absent
   * if the question has no `sampling`. Beam search does not renormalize these probabilities.
   */
  readonly filtered?: number;
}

export interface NextAnswer {
  /**
   * Tokens, most probable first. With `sampling`, they are the `count` most probable ones before the filters, and the
   * `count` most probable ones after them.
   */
  readonly tokens: readonly NextToken[];
  /** Number of tokens of the vocabulary that the filters leave; absent if the question has no `sampling`. */
  readonly remaining?: number;
  /** Entropy of the whole distribution before the filters, in bits. */
  readonly entropy: number;
  /**
   * Tokens that the grammar forbids at this position: their number, their total probability, and the most
   * probable of them.
   */
  readonly refused?: {
    readonly count: number;
    readonly probability: number;
    readonly tokens: readonly LikelyToken[];
  };
}

/** A token of a text, with the most probable tokens for its position. */
export interface WrittenToken extends LikelyToken {
  /** Entropy of the token's distribution in bits. */
  readonly entropy: number;
  /** Most probable tokens for its position, in descending order. */
  readonly alternatives: readonly LikelyToken[];
}

export interface ReadingQuestion extends PromptQuestion {
  /** Number of alternatives to return for each token. */
  readonly alternatives: number;
}

/**
 * The tokens of a text with their probabilities. The first token is left out, and so are tokens of a prefix, which
 * attend to later tokens. If the text exceeds the context by more than one token, only its end is read.
 */
export interface ReadingAnswer {
  readonly tokens: readonly WrittenToken[];
}

export interface WriteQuestion extends PromptQuestion {
  /** Values of the model's `samplingSettings`, by name, including the seed. */
  readonly sampling: Readonly<Record<string, unknown>>;
  /** Values of the model's `outputSettings`, by name. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Number of outputs; 1 with beams. */
  readonly count: number;
  readonly alternatives: number;
  /**
   * Tokens of earlier requests whose keys and values are reused if the prompt begins with them; `parts` by default.
   * - `parts`: whole chunks of prompts. The output is the same as that of `ramble sample`.
   * - `tokens`: every equal token, including generated ones. The first token comes sooner, but rounding may differ.
   */
  readonly sharing?: 'parts' | 'tokens';
}

/** An event during sampling. */
export type WriteEvent =
  | { readonly kind: 'token'; readonly output: number; readonly token: WrittenToken }
  /**
   * The beams after a step of a beam search, steps from 0. `parent` is the index of a beam of the previous
   * step, `score` the sum of log-probabilities so far, after filters. The tokens of the outputs are sent at
   * the end.
   */
  | {
      readonly kind: 'beams';
      readonly step: number;
      readonly beams: readonly {
        readonly parent: number;
        readonly token: PageToken;
        readonly score: number;
      }[];
    }
  /** The context was full, so the oldest tokens were dropped; `kept` tokens stay in the context. */
  | { readonly kind: 'slide'; readonly output: number; readonly kept: number }
  | {
      readonly kind: 'end';
      readonly output: number;
      readonly reason: string;
      /** Score by which beam search ranked the output. */
      readonly score?: number;
    }
  | { readonly kind: 'done'; readonly tokens: number; readonly seconds: number };

export interface OutputQuestion extends PromptQuestion {
  /** Ids of the output without the stop token. */
  readonly output: readonly number[];
}

/** An output in its final form. */
export type ArtifactView =
  | { readonly kind: 'text'; readonly text: string }
  /** A file; its extension has no dot: `mid`. */
  | { readonly kind: 'file'; readonly extension: string; readonly base64: string };

export interface ScoreQuestion extends OutputQuestion {
  /** The prompt as the user gave it. */
  readonly text: string;
  readonly reference: string;
}

export interface ScoreAnswer {
  readonly scores: readonly {
    readonly name: string;
    readonly score: number;
    readonly signature: string;
  }[];
}

/** Results of a forward pass over a prompt, except attention. */
export interface StudyAnswer {
  readonly tokens: readonly PageToken[];
  /** Every step of the forward pass and its shape, in order. */
  readonly steps: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Predictions of the model if it ended after each block (logit lens). */
  readonly lens: readonly { readonly blocks: number; readonly tokens: readonly LikelyToken[] }[];
  /** Size of the key-value cache in bytes after each token. */
  readonly cache: readonly { readonly tokens: number; readonly bytes: number }[];
  /** Kind of attention of each layer, with the numbers of heads and of key-value heads. */
  readonly layers: readonly {
    readonly kind: string;
    readonly heads: number;
    readonly keyValueHeads: number;
    /**
     * Number of tokens per group of compressed attention; the weight of a group is divided evenly among its
     * tokens.
     */
    readonly groupLength?: number;
    /** Number of tokens of a block of local attention. */
    readonly blockLength?: number;
    /** Number of tokens that window attention sees. */
    readonly windowLength?: number;
  }[];
}

/** An event of a study of a prompt. */
export type StudyEvent =
  /** Number of blocks of the model that are computed, and number of all blocks (`of`). */
  | { readonly kind: 'progress'; readonly blocks: number; readonly of: number }
  /** The last event. */
  | { readonly kind: 'study'; readonly study: StudyAnswer };

/** A question about small pictures of the attention of all heads. */
export interface MapsQuestion extends PromptQuestion {
  /** Maximum number of cells in a row of a picture, at most 64; a cell has the largest shade of its weights. */
  readonly side: number;
  /** Whether the largest weight of each row has the full shade; by default, only a weight of 1 has. */
  readonly isByRow?: boolean;
  /** Whether the weights of the first token are left out. */
  readonly hidesFirst?: boolean;
}

/** Small pictures of the attention in one layer: shades from 0 to 255, row by row. */
export interface MapsEvent {
  readonly layer: number;
  /** Picture of the mean over the heads. */
  readonly mean: readonly number[];
  /** Picture of each head. */
  readonly heads: readonly (readonly number[])[];
}

/** A question about the likeliest next token after each token and block. */
export interface LensQuestion extends PromptQuestion {
  /** Maximum number of tokens with a prediction, counted from the end of the prompt. */
  readonly last: number;
}

/** The likeliest next token after each token of a prompt if the model ended after some blocks. */
export interface LensEvent {
  /** Number of blocks after which the model ends; 0 for the embeddings. */
  readonly blocks: number;
  readonly tokens: readonly LikelyToken[];
}

/** A request to measure the parts of a model, such as their effect on one prediction. */
export interface CircuitsQuestion extends PromptQuestion, Omit<CircuitRequest, 'corrupted'> {
  /** Corrupted prompt, into whose forward pass activations of `prompt` are patched. */
  readonly corrupted?: PagePrompt;
  /** Whether the effect of the mask is measured (`maskEffect`). */
  readonly unmasked?: boolean;
}

/** Measurements of the parts of a model; a field for each that was requested. */
export interface CircuitsAnswer extends Omit<Circuits, 'answer' | 'other'> {
  /** The token whose logit is measured; absent if no logit is. */
  readonly answer?: PageToken;
  /** The token whose logit is subtracted. */
  readonly other?: PageToken;
  /** The effect of the mask on each token of the prompt. */
  readonly maskEffect?: readonly TokenMasking[];
}

/** An event of measuring the parts of a model. */
export type CircuitsEvent =
  | ({ readonly kind: 'progress' } & CircuitProgress)
  /** The last event. */
  | { readonly kind: 'circuits'; readonly circuits: CircuitsAnswer };

/** A question about one head of a layer, both counted from 0. */
export interface HeadQuestion extends PromptQuestion {
  readonly layer: number;
  readonly head: number;
}

/** A question about one head of a layer, or about the mean over the layer's heads if `head` is absent. */
export interface AttentionQuestion extends PromptQuestion {
  readonly layer: number;
  readonly head?: number;
}

/** Attention scores or weights: one row per query token, one column per key token; `null` where masked. */
export type Rows = readonly (readonly (number | null)[])[];

export interface AttentionAnswer {
  readonly weights: Rows;
}

export interface ScoresAnswer {
  readonly scores: Rows;
  readonly masked: Rows;
  readonly weights: Rows;
}

/** A question about one token of a prompt; positions count from 0. */
export interface PositionQuestion extends PromptQuestion {
  readonly position: number;
}

/** A question about one token in a layer. */
export interface BlockQuestion extends PositionQuestion {
  readonly layer: number;
}

/**
 * The result of a step of the model for one token. Numbers have nine significant digits, which identify a 32-bit
 * float.
 */
export interface VectorView {
  /** Name of the step within its block: `norm1`, `attention.query`, `mlp.residual`. */
  readonly step: string;
  readonly values: readonly number[];
}

/** Every vector of a token in a block: `stream`, its input, and the results of its steps in order. */
export interface BlockAnswer {
  readonly vectors: readonly VectorView[];
}

/** A question about the attention of one head for one token. */
export interface KeysQuestion extends BlockQuestion {
  readonly head: number;
  /** Maximum number of visible keys to return: the keys with the largest weights. */
  readonly count: number;
}

/** A key that a token attends to, with its value. */
export interface KeyView {
  /**
   * Position of the key's token. In compressed attention, 0 is the first token alone, and 1 and more are the groups
   * of tokens.
   */
  readonly index: number;
  readonly key: readonly number[];
  /** Scaled product of query and key, before the mask. */
  readonly score: number;
  /** Whether the mask hides the key. */
  readonly isHidden: boolean;
  readonly weight: number;
  readonly value: readonly number[];
}

export interface HeadAnswer {
  readonly query: readonly number[];
  /** Visible keys with the largest weights, and the first hidden keys, in the order of their indices. */
  readonly keys: readonly KeyView[];
  /** Visible keys that are not in `keys`: their number, their total weight, and the weighted sum of their values. */
  readonly rest: {
    readonly count: number;
    readonly weight: number;
    readonly sum: readonly number[];
  };
  /** Number of visible keys; `hidden` is the number of keys that the mask hides. */
  readonly seen: number;
  readonly hidden: number;
  /** The weighted sum of all values. */
  readonly sum: readonly number[];
}

export interface EndsQuestion extends PositionQuestion {
  /** Maximum number of rows of the output projection to return. */
  readonly count: number;
}

/** Vectors of a token before the first block and after the last one. */
export interface EndsAnswer {
  /** `tokenEmbedding`; with added positions also `positionEmbedding`, and the sum, `input`. */
  readonly embedding: readonly VectorView[];
  /** `output`, the result of the last block, and `finalNorm`. */
  readonly output: readonly VectorView[];
  /** Most probable next tokens, with their rows of the output projection. */
  readonly rows: readonly (LikelyToken & {
    readonly logit: number;
    readonly row: readonly number[];
  })[];
}

/**
 * Attention of each output token to each prompt token, as the mean over layers and heads. Rows are the output's
 * tokens, columns the prompt's, without the last prompt token, which separates prompt and output.
 */
export interface SourcesAnswer {
  readonly weights: Rows;
}

/** Parameters of a model, one row per name, as `ramble inspect` counts them. */
export interface ParametersAnswer {
  readonly total: number;
  readonly rows: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly count: number;
    /** Number of layers with this parameter; 1 outside of blocks. `count` is the number in one layer. */
    readonly times: number;
  }[];
}

/** A model of an exported page, as the list of its run's files. */
export interface ExportedModel {
  readonly id: string;
  /** Name of the model's folder in the page's folder `models`. */
  readonly folder: string;
  /** Paths of the run's files in `folder`: `run.json`. */
  readonly files: readonly string[];
  /** File in the page's folder whose default export is the app; absent for ramble's own apps. */
  readonly app?: string;
}

/** Calls with one answer, by name. */
export interface WholeCalls {
  readonly models: { question: Record<string, never>; answer: readonly ModelView[] };
  readonly encode: { question: EncodeQuestion; answer: EncodeAnswer };
  /** Renders a conversation. Missing if the server has no chat renderer; no model then has `chats`. */
  readonly chatPrompt: { question: ChatQuestion; answer: EncodeAnswer };
  readonly next: { question: NextQuestion; answer: NextAnswer };
  readonly reading: { question: ReadingQuestion; answer: ReadingAnswer };
  readonly artifact: { question: OutputQuestion; answer: ArtifactView };
  readonly score: { question: ScoreQuestion; answer: ScoreAnswer };
  readonly attention: { question: AttentionQuestion; answer: AttentionAnswer };
  readonly scores: { question: HeadQuestion; answer: ScoresAnswer };
  readonly block: { question: BlockQuestion; answer: BlockAnswer };
  readonly head: { question: KeysQuestion; answer: HeadAnswer };
  readonly ends: { question: EndsQuestion; answer: EndsAnswer };
  readonly sources: { question: OutputQuestion; answer: SourcesAnswer };
  readonly parameters: { question: ModelQuestion; answer: ParametersAnswer };
}

/** Calls that are answered by a stream of events, by name. */
export interface StreamedCalls {
  readonly write: { question: WriteQuestion; answer: WriteEvent };
  readonly study: { question: PromptQuestion; answer: StudyEvent };
  readonly maps: { question: MapsQuestion; answer: MapsEvent };
  readonly lens: { question: LensQuestion; answer: LensEvent };
  readonly circuits: { question: CircuitsQuestion; answer: CircuitsEvent };
}
