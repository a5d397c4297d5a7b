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
import { type BeamStep, Output } from './output.js';
import { fieldsIn, type FieldValues, settingValues } from './setting-values.js';

/** The prompt as it stands in the form. */
export interface GivenPrompt {
  readonly text: string;
  readonly file?: { readonly name: string; readonly base64: string };
}

/** A token of an output that is chosen or pointed at. */
export interface TokenPlace {
  readonly output: number;
  readonly index: number;
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
  }

  /** Whether an artifact says more than the tokens do. */
  get hasArtifacts(): boolean {
    return this.model.format !== undefined || !this.model.continues;
  }

  /** Writes new outputs for the prompt. */
  async start(): Promise<void> {
    this.stop();
    this.session.calm();
    const sampling = settingValues(this.model.samplingSettings, this.fields.peek());
    const { text, file } = this.given.peek();
    const encoded = await this.session.ask('encode', {
      model: this.model.id,
      ...(file ? { file: file.base64 } : this.model.format === undefined ? { text } : {}),
      options: settingValues(this.model.promptSettings, this.fields.peek()),
      ...(typeof sampling.maxNewTokens === 'number' && { maxNewTokens: sampling.maxNewTokens }),
    });
    if (!encoded) return;
    const count = encoded.answer || isBeamSearch(sampling) ? 1 : this.count.peek();
    const outputs = Array.from({ length: count }, () => new Output());
    batch(() => {
      this.encoded.value = encoded;
      this.outputs.value = outputs;
      this.beamSteps.value = [];
      this.unchoose();
    });
    const [first] = outputs;
    if (encoded.answer && first) first.artifact.value = encoded.answer;
    else await this.#write(encoded.prompt, sampling, count, (output) => output);
  }

  /** Ends the outputs where they are. */
  stop(): void {
    this.#abort.abort();
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

  async #continue(output: number): Promise<void> {
    const prompt = this.promptWith(output);
    if (!prompt) return;
    this.session.calm();
    const sampling = settingValues(this.model.samplingSettings, this.fields.peek());
    this.beamSteps.value = [];
    await this.#write(prompt, sampling, 1, () => output);
  }

  /**
   * Asks for outputs, and shows them as they come.
   *
   * @param placeOf - Where the output of an event is shown.
   */
  async #write(
    prompt: PagePrompt,
    sampling: WriteQuestion['sampling'],
    count: number,
    placeOf: (output: number) => number,
  ): Promise<void> {
    const abort = (this.#abort = new AbortController());
    const waiting: WriteEvent[] = [];
    const show = () => {
      if (!abort.signal.aborted) batch(() => this.#show(waiting.splice(0), placeOf));
    };
    for (let i = 0; i < count; i++) this.#reopen(placeOf(i));
    const timer = setInterval(show, SHOW_EVERY_MS);
    const render = setInterval(() => void this.#renderAll(false), ARTIFACT_EVERY_MS);
    this.isWriting.value = true;
    this.speed.value = undefined;
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
      if (abort === this.#abort) this.isWriting.value = false;
    }
    await this.#renderAll(true);
  }

  #reopen(place: number): void {
    const output = this.outputs.peek()[place];
    if (!output) return;
    output.reason.value = '';
    output.score.value = undefined;
  }

  #show(events: readonly WriteEvent[], placeOf: (output: number) => number): void {
    const added = new Map<Output, WrittenToken[]>();
    for (const event of events) {
      if (event.kind === 'beams') this.beamSteps.value = [...this.beamSteps.peek(), event];
      else if (event.kind === 'done') this.speed.value = event;
      else {
        const output = this.#outputAt(placeOf(event.output));
        if (event.kind === 'token') added.set(output, [...(added.get(output) ?? []), event.token]);
        else if (event.kind === 'slide') output.kept.value = event.kept;
        else {
          output.reason.value = event.reason;
          output.score.value = event.score;
        }
      }
    }
    for (const [output, tokens] of added) output.text.append(tokens);
  }

  /** A beam search with `nBest` has more outputs than were asked for. */
  #outputAt(place: number): Output {
    while (this.outputs.peek().length <= place) {
      this.outputs.value = [...this.outputs.peek(), new Output()];
    }
    return this.outputs.peek()[place] as Output; // the loop made it
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

function isBeamSearch({ numBeams }: WriteQuestion['sampling']): boolean {
  return typeof numBeams === 'number' && numBeams > 1;
}
