import type {
  EncodeAnswer,
  ModelView,
  PagePrompt,
  SettingView,
  WriteEvent,
  WriteQuestion,
  WrittenToken,
} from '@ramble/explorer';
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';

import type { Session } from '../state/session.js';
import { type BeamStep, Conversation, Output, type PieceHistory, showEvents } from './output.js';
import { tokenTexts } from './output-text.js';
import {
  effective,
  fieldsIn,
  type FieldValues,
  settingValues,
  withDefaults,
} from './setting-values.js';

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

/** A token of an output that is chosen or under the pointer. */
export interface TokenPlace {
  readonly output: number;
  readonly index: number;
}

/** Settings of a request for outputs. */
interface Order {
  readonly sampling: WriteQuestion['sampling'];
  readonly count: number;
  readonly abort: AbortController;
  /** Returns the index at which an output of the answer is shown. */
  readonly placeOf: (output: number) => number;
}

/** Number of alternatives of a token, and of next tokens. */
export const ALTERNATIVES = 10;
/** Interval in milliseconds for showing new tokens. */
const SHOW_EVERY_MS = 40;
const ARTIFACT_EVERY_MS = 1500;

/** Maximum number of outputs side by side. */
export const MAX_COUNT = 12;

/**
 * The state of the view Write: starts, stops and branches outputs of a model. The state is kept when another view is
 * opened.
 */
export class Writing {
  readonly given = signal<GivenPrompt>({ text: '' });
  readonly fields = signal<FieldValues>({});
  readonly count = signal(1);
  readonly encoded = signal<EncodeAnswer | undefined>(undefined);
  /** The file that the outputs continue, in base64, up to the end of its used part. */
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
  #abort = new AbortController();

  constructor(
    readonly session: Session,
    /** The model as it was listed last. */
    public model: ModelView,
  ) {
    this.conversation.isOn.value = model.chats;
    this.samplingSettings = computed(() =>
      withDefaults(this.model.samplingSettings, this.#chatSampling()),
    );
  }

  /** Returns the address parameters of the current form. */
  get params(): Record<string, string> {
    const fields = Object.entries(this.fields.value).map(([name, value]) => [name, String(value)]);
    return {
      ...(Object.fromEntries(fields) as Record<string, string>),
      model: this.model.id,
      prompt: this.given.value.text,
      count: this.count.value > 1 ? String(this.count.value) : '',
    };
  }

  /** Fills the form from an address; an address without a prompt and without settings leaves the form unchanged. */
  follow({ prompt, count, ...params }: Readonly<Record<string, string>>): void {
    const { promptSettings, outputSettings, samplingSettings } = this.model;
    const fields = fieldsIn(params, [...promptSettings, ...outputSettings, ...samplingSettings]);
    if (prompt === undefined && count === undefined && Object.keys(fields).length === 0) return;
    batch(() => {
      const { text, file } = this.given.peek();
      if (text !== (prompt ?? '')) this.given.value = { text: prompt ?? '', ...(file && { file }) };
      this.fields.value = fields;
      this.ask(Number(count ?? 1));
    });
  }

  /** Sets the number of outputs, limited to the allowed range. */
  ask(count: number): void {
    this.count.value = Math.min(Math.max(Math.round(count) || 1, 1), MAX_COUNT);
  }

  /** Writes new outputs for the prompt. */
  async start(): Promise<void> {
    const abort = this.#begin();
    const sampling = this.sampling;
    const isChat = this.conversation.isOn.peek();
    const { text, file } = this.given.peek();
    const encoded = await (isChat ? this.#say() : this.#encode(sampling));
    if (!encoded) this.#end(abort);
    if (!encoded || abort.signal.aborted) return;
    const count = encoded.answer || this.#isBeamSearch() ? 1 : this.count.peek();
    const outputs = Array.from({ length: count }, () => new Output());
    const hasPrimer = file !== undefined && this.#isPrimerOf(encoded.prompt);
    batch(() => {
      this.encoded.value = encoded;
      if (!hasPrimer) this.primer.value = undefined;
      // Messages are part of the conversation.
      this.promptText.value = isChat
        ? ''
        : encoded.cut === undefined
          ? text
          : tokenTexts(encoded.tokens).join('');
      this.outputs.value = outputs;
      this.beamSteps.value = [];
      this.beamStart.value = { output: 0, index: 0 };
      this.unchoose();
    });
    const [first] = outputs;
    if (encoded.answer && first) {
      first.artifact.value = encoded.answer;
      this.#end(abort);
    } else {
      if (file && !hasPrimer) void this.#showPrimer(encoded.prompt);
      await this.#write(encoded.prompt, { sampling, count, abort, placeOf: (output) => output });
    }
  }

  /** Ends the outputs at their current length. */
  stop(): void {
    this.#abort.abort();
    this.isWriting.value = false;
  }

  /** Clears the selection of a token. */
  unchoose(): void {
    this.chosen.value = undefined;
    this.isPinned.value = false;
  }

  /** Replaces a token of an output by another, and continues from there. */
  async branch({ output, index }: TokenPlace, token: WrittenToken): Promise<void> {
    this.stop();
    const target = this.outputs.peek()[output];
    if (!target) return;
    batch(() => {
      target.text.truncate(index);
      target.text.append([token]);
      this.unchoose();
    });
    await this.continueOutput(output);
  }

  /** Returns the prompt followed by an output's tokens, as a prompt. */
  promptWith(output: number, length?: number): PagePrompt | undefined {
    const { prompt } = this.encoded.value ?? {};
    const ids = this.outputs.peek()[output]?.ids.slice(0, length);
    return prompt && ids && { ...prompt, tokens: [...prompt.tokens, ...ids] };
  }

  /** Encodes the prompt in the form. */
  #encode({ maxNewTokens }: WriteQuestion['sampling']): Promise<EncodeAnswer | undefined> {
    const { text, file } = this.given.peek();
    // An empty file is sent too; its name shows that it exists.
    const use = file?.use ?? this.model.promptSettings.find(({ kind }) => kind === 'file')?.name;
    const { promptSettings, outputSettings } = this.model;
    return this.session.ask('encode', {
      model: this.model.id,
      ...(file && { outputOptions: settingValues(outputSettings, this.fields.peek()) }),
      ...(file ? { file: file.base64 } : this.model.format === undefined ? { text } : {}),
      options: {
        ...settingValues(promptSettings, this.fields.peek()),
        ...(file && use !== undefined && { [use]: file.name }),
      },
      ...(typeof maxNewTokens === 'number' && { maxNewTokens }),
    });
  }

  /** Whether the shown primer was decoded from the same prompt. */
  #isPrimerOf(prompt: PagePrompt): boolean {
    const before = this.encoded.peek()?.prompt;
    return this.primer.peek() !== undefined && JSON.stringify(before) === JSON.stringify(prompt);
  }

  /** Decodes the prompt alone, whose end is marked in the outputs. */
  async #showPrimer(prompt: PagePrompt): Promise<void> {
    const question = { model: this.model.id, prompt, output: [] };
    const artifact = await this.session.ask('artifact', question);
    if (this.encoded.peek()?.prompt !== prompt || artifact?.kind !== 'file') return;
    this.primer.value = artifact.base64;
  }

  /** Encodes the conversation, with the prompt in the form as its last message. */
  async #say(): Promise<EncodeAnswer | undefined> {
    const { turns } = this.conversation;
    const [given, before] = [this.given.peek(), turns.peek()];
    const answer = before.length > 0 ? await this.#answer() : '';
    if (answer === undefined) return undefined;
    this.conversation.say(given.text, answer);
    this.given.value = { text: '' };
    const question = { model: this.model.id, messages: turns.peek() };
    const encoded = await this.session.ask('chatPrompt', question);
    if (!encoded) {
      turns.value = before;
      this.given.value = given;
    }
    return encoded;
  }

  /** Returns the text of the answer to the previous message, decoded by the model's domain. */
  async #answer(): Promise<string | undefined> {
    const { prompt } = this.encoded.peek() ?? {};
    const [output] = this.outputs.peek();
    if (!prompt || !output) return '';
    const question = { model: this.model.id, prompt, output: output.ids };
    const artifact = await this.session.ask('artifact', question);
    return artifact && (artifact.kind === 'text' ? artifact.text : '');
  }

  /** Values of sampling settings that differ from the server's. */
  get sampling(): WriteQuestion['sampling'] {
    const given = Object.entries(this.fields.value).filter(([, value]) => value !== '');
    const usual = Object.entries(this.#chatSampling()).map(([name, value]) => [
      name,
      String(value),
    ]);
    const fields = Object.fromEntries([...usual, ...given]) as FieldValues;
    return settingValues(this.model.samplingSettings, fields);
  }

  /** Returns the defaults for conversations; empty if none is active. */
  #chatSampling(): Readonly<Record<string, number>> {
    return (this.conversation.isOn.value && this.model.chatSampling) || {};
  }

  #isBeamSearch(): boolean {
    const settings = effective(this.model.samplingSettings, this.fields.peek());
    return settings.some(({ only }) => only === 'beams');
  }

  /** Continues an output after its end. */
  async continueOutput(output: number): Promise<void> {
    const prompt = this.promptWith(output);
    if (!prompt) return;
    const abort = this.#begin();
    const sampling = this.sampling;
    const target = this.outputs.peek()[output];
    batch(() => {
      this.beamSteps.value = [];
      this.beamStart.value = { output, index: target?.text.length.peek() ?? 0 };
      target?.reopen();
    });
    await this.#write(prompt, { sampling, count: 1, abort, placeOf: () => output });
  }

  #begin(): AbortController {
    this.stop();
    this.session.calm();
    this.isWriting.value = true;
    this.speed.value = undefined;
    this.#abort = new AbortController();
    return this.#abort;
  }

  /** Ends the request of this controller, unless another request was started since. */
  #end(abort: AbortController): void {
    if (abort === this.#abort) this.isWriting.value = false;
  }

  /** Requests outputs, and shows their tokens as they arrive. */
  async #write(prompt: PagePrompt, { sampling, count, abort, placeOf }: Order): Promise<void> {
    const waiting: WriteEvent[] = [];
    const show = () => {
      if (!abort.signal.aborted) showEvents(this, waiting.splice(0), placeOf);
    };
    const timer = setInterval(show, SHOW_EVERY_MS);
    const render = setInterval(() => void this.showArtifacts(false), ARTIFACT_EVERY_MS);
    try {
      const { id: model } = this.model;
      const options = settingValues(this.model.outputSettings, this.fields.peek());
      const question = { model, prompt, sampling, options, count, alternatives: ALTERNATIVES };
      for await (const event of this.session.transport.stream('write', question, abort.signal)) {
        waiting.push(event);
      }
      show();
    } catch (error) {
      show();
      this.session.complain(error);
    } finally {
      clearInterval(timer);
      clearInterval(render);
      this.#end(abort);
    }
    await this.showArtifacts();
  }

  /**
   * Shows the final forms of the outputs, if they show more than the tokens do.
   *
   * @param isLast - Whether the outputs are complete; if not, only files are shown, one request at a time.
   */
  async showArtifacts(isLast = true): Promise<void> {
    const { prompt, answer } = this.encoded.peek() ?? {};
    const { joins, continues, format } = this.model;
    if ((joins && continues) || !prompt || answer) return;
    if (!isLast && (format === undefined || this.#isRendering)) return;
    this.#isRendering = true;
    for (const output of this.outputs.peek()) {
      const question = { model: this.model.id, prompt, output: output.ids };
      const artifact = await this.session.ask('artifact', question);
      if (artifact) output.artifact.value = artifact;
    }
    this.#isRendering = false;
  }

  #isRendering = false;
}
