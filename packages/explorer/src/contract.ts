/**
 * The Explorer's requests and responses, in plain JSON, so that an HTTP server and a worker in the page can both
 * answer the page.
 */
import type { ModelConfig } from '@ramble/core';

/** A token as the page shows it. */
export interface PageToken {
  readonly id: number;
  /** Description of the token by its vocabulary: `" the"`, `note on C4`. */
  readonly word: string;
  /** The text that the token adds, if outputs are text; empty for a token with `bytes`. */
  readonly text: string;
  /** The token's UTF-8 bytes, if they are only part of a character, which then spans several tokens. */
  readonly bytes?: readonly number[];
}

/** A token with how likely it was. */
export interface LikelyToken extends PageToken {
  /** The probability from 0 to 1, before temperature and filters. */
  readonly probability: number;
  /** 1 is the likeliest. */
  readonly rank: number;
}

/** A prompt as ids; `TokenPrompt` of core. */
export interface PagePrompt {
  readonly tokens: readonly number[];
  readonly prefixLength?: number;
  readonly outputStart?: number;
}

/** A setting as a form shows it. */
export interface SettingView {
  /** The name in JSON: `topK`. */
  readonly name: string;
  readonly kind: 'integer' | 'number' | 'choice' | 'boolean' | 'string' | 'file';
  /** One sentence. */
  readonly description: string;
  readonly default?: number | string | boolean;
  /** Description of the value if none is given. */
  readonly derived?: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** The only case in which the setting has an effect: with random draws, or with beams. */
  readonly only?: 'random' | 'beams';
}

/** A model that the page can ask about. */
export interface ModelView {
  /** Id by which calls name the model. */
  readonly id: string;
  readonly domain: string;
  readonly description: string;
  readonly config: ModelConfig;
  readonly parameters: number;
  /** Type that weights are kept in: `int8`. */
  readonly weights: string;
  readonly engine: string;
  /** File extension of outputs, without its dot: `mid`; absent if they are text. */
  readonly format?: string;
  /** Whether an output continues its prompt; otherwise it answers the prompt, as a translation does. */
  readonly continues: boolean;
  /**
   * Whether the text of an output is the text of its tokens, one after another; otherwise tokens are words.
   */
  readonly joins: boolean;
  /** A prompt to look at before there is another; absent where outputs are files, or none of some texts is a prompt. */
  readonly example?: string;
  /** Whether its vocabulary comes with a chat template. */
  readonly chats: boolean;
  /** Whether outputs can be scored against a reference. */
  readonly scores: boolean;
  /** Whether a grammar says which tokens may come. */
  readonly hasGrammar: boolean;
  /** Options of prompts. */
  readonly promptSettings: readonly SettingView[];
  /** Options of outputs that are not sampling settings: `maxPolyphony`. */
  readonly outputSettings: readonly SettingView[];
  readonly samplingSettings: readonly SettingView[];
  /** Defaults of sampling settings in conversations, which take the place of others; absent without them. */
  readonly chatSampling?: Readonly<Record<string, number>>;
}

/** A call's model. */
export interface ModelQuestion {
  readonly model: string;
}

/** A question about the tokens of a prompt. */
export interface PromptQuestion extends ModelQuestion {
  readonly prompt: PagePrompt;
}

/** A prompt as somebody gives it: a text, or a file in base64. */
export interface EncodeQuestion extends ModelQuestion {
  readonly text?: string;
  readonly file?: string;
  /** Values of `promptSettings`. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The maximum number of tokens of the output, for which a long prompt leaves room. */
  readonly maxNewTokens?: number;
}

export interface EncodeAnswer {
  readonly prompt: PagePrompt;
  /** The tokens of the prompt, one an id. */
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

/** A conversation, in the form of the model's template, up to where its answer begins. */
export interface ChatQuestion extends ModelQuestion {
  readonly messages: readonly ChatTurn[];
}

export interface NextQuestion extends PromptQuestion {
  /** Number of tokens to return. */
  readonly count: number;
  /** Values of `outputSettings`, for the grammar. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface NextAnswer {
  /** The likeliest first. */
  readonly tokens: readonly LikelyToken[];
  /** Entropy of the whole distribution, in bits. */
  readonly entropy: number;
  /** Tokens that the grammar refuses here: their number, their total probability, and the likeliest of them. */
  readonly refused?: {
    readonly count: number;
    readonly probability: number;
    readonly tokens: readonly LikelyToken[];
  };
}

/** A token of a text, with the likeliest tokens for its position. */
export interface WrittenToken extends LikelyToken {
  /** Entropy of the distribution that it comes from, in bits. */
  readonly entropy: number;
  /** The likeliest tokens in its place, the likeliest first. */
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
  /** Values of `samplingSettings`, the seed among them. */
  readonly sampling: Readonly<Record<string, unknown>>;
  /** Values of `outputSettings`. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Number of outputs; 1 with beams. */
  readonly count: number;
  readonly alternatives: number;
}

/** An event while outputs are written. */
export type WriteEvent =
  | { readonly kind: 'token'; readonly output: number; readonly token: WrittenToken }
  /**
   * The beams that survive a step of a search, from 0; `parent` is the index of one of the step before, and
   * `score` the sum of the log-probabilities so far, after filters. The tokens of the outputs come at the end.
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
  /** The window slid: so many tokens stay in view. */
  | { readonly kind: 'slide'; readonly output: number; readonly kept: number }
  | {
      readonly kind: 'end';
      readonly output: number;
      readonly reason: string;
      /** The score that a beam was ranked by. */
      readonly score?: number;
    }
  | { readonly kind: 'done'; readonly tokens: number; readonly seconds: number };

export interface OutputQuestion extends PromptQuestion {
  /** Ids of the output, the stop token left out. */
  readonly output: readonly number[];
}

/** An output in its final form. */
export type ArtifactView =
  | { readonly kind: 'text'; readonly text: string }
  /** The extension is without its dot: `mid`. */
  | { readonly kind: 'file'; readonly extension: string; readonly base64: string };

export interface ScoreQuestion extends OutputQuestion {
  /** The prompt as somebody gave it. */
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
  /** Every step and its shape, in order. */
  readonly steps: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Predictions of the model if it ended after each block (logit lens). */
  readonly lens: readonly { readonly blocks: number; readonly tokens: readonly LikelyToken[] }[];
  /** Bytes of the cache after each token. */
  readonly cache: readonly { readonly tokens: number; readonly bytes: number }[];
  /** One a layer: its kind, and which heads share keys and values. */
  readonly layers: readonly {
    readonly kind: string;
    readonly heads: number;
    readonly keyValueHeads: number;
    /** Number of tokens that compressed attention sees as one; their weights are their group's, shared evenly. */
    readonly groupLength?: number;
    /** Number of tokens of a block of local attention. */
    readonly blockLength?: number;
    /** Number of tokens that window attention sees. */
    readonly windowLength?: number;
  }[];
}

/** An event of a study of a prompt. */
export type StudyEvent =
  /** So many blocks of the model are computed, of all. */
  | { readonly kind: 'progress'; readonly blocks: number; readonly of: number }
  /** The last event. */
  | { readonly kind: 'study'; readonly study: StudyAnswer };

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

/** One row per position, one column per token; `null` for masked tokens. */
export type Rows = readonly (readonly (number | null)[])[];

export interface AttentionAnswer {
  readonly weights: Rows;
}

export interface ScoresAnswer {
  readonly scores: Rows;
  readonly masked: Rows;
  readonly weights: Rows;
}

/**
 * Attention of each output token to each prompt token, as the mean over layers and heads. Rows are the output's
 * tokens, columns the prompt's, without the last prompt token, which separates prompt and output.
 */
export interface SourcesAnswer {
  readonly weights: Rows;
}

/** The parameters of a model by row, as `inspect` tallies them. */
export interface ParametersAnswer {
  readonly total: number;
  readonly rows: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly count: number;
    /** Number of layers with this parameter. */
    readonly times: number;
  }[];
}

/** A model that a page was exported with: a run, file by file. */
export interface ExportedModel {
  readonly id: string;
  /** Name of its folder in the folder `models` of the page. */
  readonly folder: string;
  /** Paths in that folder, as a run has them: `run.json`. */
  readonly files: readonly string[];
  /** The file in the folder of the page whose default export is its app; absent for apps that come with ramble. */
  readonly app?: string;
}

/** Calls that are answered as a whole, by name. */
export interface WholeCalls {
  readonly models: { question: Record<string, never>; answer: readonly ModelView[] };
  readonly encode: { question: EncodeQuestion; answer: EncodeAnswer };
  /** Missing if the server has no chat renderer; no model then has `chats`. */
  readonly chatPrompt: { question: ChatQuestion; answer: EncodeAnswer };
  readonly next: { question: NextQuestion; answer: NextAnswer };
  readonly reading: { question: ReadingQuestion; answer: ReadingAnswer };
  readonly artifact: { question: OutputQuestion; answer: ArtifactView };
  readonly score: { question: ScoreQuestion; answer: ScoreAnswer };
  readonly attention: { question: AttentionQuestion; answer: AttentionAnswer };
  readonly scores: { question: HeadQuestion; answer: ScoresAnswer };
  readonly sources: { question: OutputQuestion; answer: SourcesAnswer };
  readonly parameters: { question: ModelQuestion; answer: ParametersAnswer };
}

/** Calls that are answered event by event, by name. */
export interface StreamedCalls {
  readonly write: { question: WriteQuestion; answer: WriteEvent };
  readonly study: { question: PromptQuestion; answer: StudyEvent };
}
