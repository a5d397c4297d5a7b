import type {
  EncodeAnswer,
  ModelView,
  PagePrompt,
  SettingView,
  WrittenToken,
} from '@ramble/explorer';
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';

import type { Session } from '../state/session.js';
import { Conversation } from './conversation.js';
import { type BeamStep, Output, type PieceHistory } from './output.js';
import { type FieldValues, withDefaults } from './setting-values.js';

/** The current prompt in the form. */
export interface GivenPrompt {
  readonly text: string;
  readonly file?: {
    readonly name: string;
    readonly base64: string;
    /** Name of the prompt setting for the file: `melody`. */
    readonly use?: string;
  };
}

/** Prompt, settings and number of outputs with which outputs were requested. */
export interface AskedForm {
  readonly given: GivenPrompt;
  readonly fields: FieldValues;
  readonly count: number;
}

/** A token of an output that is chosen or under the pointer. */
export interface TokenPlace {
  readonly output: number;
  readonly index: number;
}

/** The state of the view Write, which is kept when another view is opened. */
export class WritingState {
  readonly given = signal<GivenPrompt>({ text: '' });
  readonly fields = signal<FieldValues>({});
  readonly count = signal(1);
  /** The form as it was when the outputs were requested. */
  readonly asked = signal<AskedForm | undefined>(undefined);
  readonly encoded = signal<EncodeAnswer | undefined>(undefined);
  /** The file that the outputs continue, in base64, cut to the part that the prompt uses. */
  readonly primer = signal<string | undefined>(undefined);
  /** The text that the outputs continue. */
  readonly promptText = signal('');
  readonly outputs = signal<readonly Output[]>([]);
  readonly beamSteps = signal<readonly BeamStep[]>([]);
  /** Position of the first token of the beams. */
  readonly beamStart = signal<TokenPlace>({ output: 0, index: 0 });
  /** The piece whose regions are filled in. */
  readonly history = signal<PieceHistory>({ versions: [], at: -1 });
  readonly isWriting = signal(false);
  readonly conversation = new Conversation();
  readonly speed = signal<{ tokens: number; seconds: number } | undefined>(undefined);
  readonly chosen = signal<TokenPlace | undefined>(undefined);
  /** Whether the chosen token stays chosen when the pointer leaves it. */
  readonly isPinned = signal(false);
  /** Sampling settings, with the defaults for conversations if one is active. */
  readonly samplingSettings: ReadonlySignal<readonly SettingView[]>;

  constructor(
    readonly session: Session,
    /** The model as it was listed last. */
    public model: ModelView,
  ) {
    this.conversation.isOn.value = model.chats;
    this.samplingSettings = computed(() =>
      withDefaults(this.model.samplingSettings, this.chatSampling),
    );
  }

  /** Defaults of sampling settings for conversations; empty if none is active. */
  get chatSampling(): Readonly<Record<string, number>> {
    return (this.conversation.isOn.value && this.model.chatSampling) || {};
  }

  /** Returns the prompt of an output. Each answer of a conversation has its own. */
  promptOf(output: number): PagePrompt | undefined {
    return (this.outputs.value[output]?.encoded.value ?? this.encoded.value)?.prompt;
  }

  /** Returns an output's prompt followed by the first `length` tokens of the output (all by default), as a prompt. */
  promptWith(output: number, length?: number): PagePrompt | undefined {
    const prompt = this.promptOf(output);
    const ids = this.outputs.peek()[output]?.ids.slice(0, length);
    return prompt && ids && { ...prompt, tokens: [...prompt.tokens, ...ids] };
  }

  /** Clears the selection of a token. */
  unchoose(): void {
    this.chosen.value = undefined;
    this.isPinned.value = false;
  }
}

/** An output as plain JSON, to be stored. */
interface OutputForm {
  readonly tokens: readonly WrittenToken[];
  readonly reason: string;
  readonly score?: number;
  readonly kept?: number;
  /** The prompt of an answer of a conversation. */
  readonly prompt?: PagePrompt;
}

/** Names of the signals of `WritingState` whose values `WrittenForm` contains. */
const SIGNALS = [
  ...(['given', 'fields', 'count', 'asked', 'encoded', 'promptText'] as const),
  ...(['beamSteps', 'beamStart'] as const),
];
type Signals = Pick<WritingState, (typeof SIGNALS)[number]>;
type Values = { readonly [Name in keyof Signals]: Signals[Name]['value'] };

/** Prompt, settings, conversation and outputs of the view Write as data, to be stored and shown again. */
export type WrittenForm = Values & {
  readonly isChat: boolean;
  readonly turns: WritingState['conversation']['turns']['value'];
  readonly system?: string;
  readonly outputs: readonly OutputForm[];
};

/** Returns the current state of the view Write as plain JSON. */
export function formOf(writing: WritingState): WrittenForm {
  const { isOn, turns, system } = writing.conversation;
  const values = SIGNALS.map((name) => [name, writing[name].peek()]);
  return {
    ...(Object.fromEntries(values) as Values), // of these names
    ...{ isChat: isOn.peek(), turns: turns.peek(), system: system.peek() },
    outputs: writing.outputs.peek().map(({ text, reason, score, kept, encoded }) => {
      const { prompt } = encoded.peek() ?? {};
      return {
        ...{ tokens: [...text.tokens], reason: reason.peek() },
        ...{ score: score.peek(), kept: kept.peek(), ...(prompt && { prompt }) },
      };
    }),
  };
}

/** Returns the form without the alternatives of tokens, which are most of its size. */
export function withoutAlternatives(form: WrittenForm): WrittenForm {
  const outputs = form.outputs.map(({ tokens, ...output }) => {
    return { ...output, tokens: tokens.map((token) => ({ ...token, alternatives: [] })) };
  });
  return { ...form, outputs };
}

/** Replaces the state of the view Write by a stored one. */
export function showForm(writing: WritingState, form: WrittenForm): void {
  batch(() => {
    const { conversation } = writing;
    for (const name of SIGNALS) if (name in form) writing[name].value = form[name]; // of this signal
    conversation.isOn.value = form.isChat;
    conversation.turns.value = form.turns;
    conversation.system.value = form.system ?? '';
    conversation.editing.value = undefined;
    writing.primer.value = undefined;
    writing.unchoose();
    writing.outputs.value = form.outputs.map(({ tokens, reason, score, kept, prompt }) => {
      const output = new Output();
      output.text.append(tokens);
      output.reason.value = reason;
      output.score.value = score;
      output.kept.value = kept;
      output.artifact.value = form.encoded?.answer;
      output.encoded.value = prompt && { prompt, tokens: [] };
      return output;
    });
  });
}
