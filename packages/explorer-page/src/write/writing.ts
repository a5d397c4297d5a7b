import type {
  EncodeAnswer,
  ModelView,
  PagePrompt,
  WriteEvent,
  WriteQuestion,
  WrittenToken,
} from '@ramble/explorer';
import { batch, signal, type Signal } from '@preact/signals';

import type { Session } from '../state/session.js';
import { Conversation } from './conversation.js';
import { type BeamStep, Output } from './output.js';
import { effective, fieldsIn, type FieldValues, settingValues } from './setting-values.js';
import { showEvents } from './show-events.js';

/** The prompt as it stands in the form. */
export interface GivenPrompt {
  readonly text: string;
  readonly file?: {
    readonly name: string;
    readonly base64: string;
    /** The setting of the prompt that names such a file: `melody`. */
    readonly use?: string;
  };
}

/** A token of an output that is chosen or pointed at. */
export interface TokenPlace {
  readonly output: number;
  readonly index: number;
}

/** What is to be written for a prompt. */
interface Order {
  readonly sampling: WriteQuestion['sampling'];
  readonly count: number;
  readonly abort: AbortController;
  /** The place where an output of the answer is shown. */
  readonly placeOf: (output: number) => number;
}

const RIVALS = 10;
/** Tokens are shown that often, however fast they come. */
const SHOW_EVERY_MS = 40;
const ARTIFACT_EVERY_MS = 1500;

/** What the view Write does: starts, stops and branches outputs of a model. */
export class Writing {
  readonly given: Signal<GivenPrompt>;
  readonly fields: Signal<FieldValues>;
  readonly count: Signal<number>;
  readonly encoded = signal<EncodeAnswer | undefined>(undefined);
  readonly outputs = signal<readonly Output[]>([]);
  readonly beamSteps = signal<readonly BeamStep[]>([]);
  readonly isWriting = signal(false);
  readonly conversation = new Conversation();
  readonly speed = signal<{ tokens: number; seconds: number } | undefined>(undefined);
  readonly chosen = signal<TokenPlace | undefined>(undefined);
  /** Whether the chosen token stays chosen when the pointer moves on. */
  readonly isPinned = signal(false);
  #abort = new AbortController();

  constructor(
    readonly session: Session,
    readonly model: ModelView,
  ) {
    const { prompt = '', count = '1', ...params } = session.place.peek().params;
    const settings = [...model.promptSettings, ...model.outputSettings, ...model.samplingSettings];
    this.given = signal({ text: prompt });
    this.count = signal(Number(count));
    this.fields = signal(fieldsIn(params, settings));
    this.conversation.isOn.value = model.chats;
  }

  /** Whether an artifact says more than the tokens do. */
  get hasArtifacts(): boolean {
    return this.model.format !== undefined || !this.model.continues;
  }

  /** Writes new outputs for the prompt. */
  async start(): Promise<void> {
    const abort = this.#begin();
    const sampling = settingValues(this.model.samplingSettings, this.fields.peek());
    const encoded = await (this.conversation.isOn.peek() ? this.#say() : this.#encode(sampling));
    if (!encoded) this.#end(abort);
    if (!encoded || abort.signal.aborted) return;
    const count = encoded.answer || this.#isBeamSearch() ? 1 : this.count.peek();
    const outputs = Array.from({ length: count }, () => new Output());
    batch(() => {
      this.encoded.value = encoded;
      this.outputs.value = outputs;
      this.beamSteps.value = [];
      this.unchoose();
    });
    const [first] = outputs;
    if (encoded.answer && first) {
      first.artifact.value = encoded.answer;
      this.#end(abort);
    } else {
      await this.#write(encoded.prompt, { sampling, count, abort, placeOf: (output) => output });
    }
  }

  /** Ends the outputs where they are. */
  stop(): void {
    this.#abort.abort();
    this.isWriting.value = false;
  }

  /** Goes on with an output from where it ended. */
  async goOn(output: number): Promise<void> {
    await this.#continue(output);
  }

  /** Lets go of the chosen token. */
  unchoose(): void {
    this.chosen.value = undefined;
    this.isPinned.value = false;
  }

  /** Replaces a token of an output by another, and goes on from there. */
  async branch({ output, index }: TokenPlace, token: WrittenToken): Promise<void> {
    this.stop();
    const target = this.outputs.peek()[output];
    if (!target) return;
    batch(() => {
      target.text.truncate(index);
      target.text.append([token]);
      this.unchoose();
    });
    await this.#continue(output);
  }

  /** The prompt and what an output has so far, as a prompt. */
  promptWith(output: number, length?: number): PagePrompt | undefined {
    const { prompt } = this.encoded.value ?? {};
    const ids = this.outputs.peek()[output]?.ids.slice(0, length);
    return prompt && ids && { ...prompt, tokens: [...prompt.tokens, ...ids] };
  }

  /** Makes tokens of the prompt in the form. */
  #encode({ maxNewTokens }: WriteQuestion['sampling']): Promise<EncodeAnswer | undefined> {
    const { text, file } = this.given.peek();
    // The name alone says that there is a file, where it is an empty one.
    const use = file?.use ?? this.model.promptSettings.find(({ kind }) => kind === 'file')?.name;
    return this.session.ask('encode', {
      model: this.model.id,
      ...(file ? { file: file.base64 } : this.model.format === undefined ? { text } : {}),
      options: {
        ...settingValues(this.model.promptSettings, this.fields.peek()),
        ...(file && use !== undefined && { [use]: file.name }),
      },
      ...(typeof maxNewTokens === 'number' && { maxNewTokens }),
    });
  }

  /** Makes tokens of the conversation, with the prompt in the form as its last message. */
  async #say(): Promise<EncodeAnswer | undefined> {
    const { turns } = this.conversation;
    const [given, before] = [this.given.peek(), turns.peek()];
    const [output] = this.outputs.peek();
    this.conversation.say(given.text, output ? textOf(output) : '');
    this.given.value = { text: '' };
    const question = { model: this.model.id, messages: turns.peek() };
    const encoded = await this.session.ask('chatPrompt', question);
    if (!encoded) {
      turns.value = before;
      this.given.value = given;
    }
    return encoded;
  }

  #isBeamSearch(): boolean {
    const settings = effective(this.model.samplingSettings, this.fields.peek());
    return settings.some(({ only }) => only === 'beams');
  }

  async #continue(output: number): Promise<void> {
    const prompt = this.promptWith(output);
    if (!prompt) return;
    const abort = this.#begin();
    const sampling = settingValues(this.model.samplingSettings, this.fields.peek());
    this.beamSteps.value = [];
    this.outputs.peek()[output]?.reopen();
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

  /** Ends what was begun with this controller, unless something else was begun since. */
  #end(abort: AbortController): void {
    if (abort === this.#abort) this.isWriting.value = false;
  }

  /** Asks for outputs, and shows them as they come. */
  async #write(prompt: PagePrompt, { sampling, count, abort, placeOf }: Order): Promise<void> {
    const waiting: WriteEvent[] = [];
    const show = () => {
      if (!abort.signal.aborted) showEvents(this, waiting.splice(0), placeOf);
    };
    const timer = setInterval(show, SHOW_EVERY_MS);
    const render = setInterval(() => void this.#renderAll(false), ARTIFACT_EVERY_MS);
    try {
      const { id: model } = this.model;
      const options = settingValues(this.model.outputSettings, this.fields.peek());
      const question = { model, prompt, sampling, options, count, rivals: RIVALS };
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
    await this.#renderAll(true);
  }

  async #renderAll(isLast: boolean): Promise<void> {
    const { prompt } = this.encoded.peek() ?? {};
    if (!this.hasArtifacts || !prompt) return;
    if (!isLast && (this.model.format === undefined || this.#isRendering)) return;
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

function textOf({ text }: Output): string {
  return text.tokens.map((token) => token.text).join('');
}
