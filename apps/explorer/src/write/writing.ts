import { batch } from '@preact/signals';
import type { PagePrompt, WriteQuestion, WrittenToken } from '@ramble/explorer';

import { EarlierOutputs } from './earlier-outputs.js';
import { Output } from './output.js';
import { tokenTexts } from './output-text.js';
import { decodeOutput, encodeGiven, type Order, streamOutputs } from './requests.js';
import { effective, fieldsIn, type FieldValues, settingValues } from './setting-values.js';
import {
  formOf,
  showForm,
  type TokenPlace,
  type WrittenForm,
  WritingState,
} from './writing-state.js';

/** Maximum number of outputs that are generated together. */
export const MAX_COUNT = 12;
/** Interval in milliseconds for showing the final form of outputs while they are written. */
const ARTIFACT_EVERY_MS = 1500;

/** The view Write: starts, stops and branches outputs of a model. */
export class Writing extends WritingState {
  readonly earlier = new EarlierOutputs(this);
  #abort = new AbortController();

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

  /** Writes new outputs for the prompt, or the answer to the message in the form. */
  async start(): Promise<void> {
    if (this.conversation.isOn.peek()) return this.say(this.given.peek().text);
    const abort = this.#begin();
    const sampling = this.sampling;
    const asked = {
      ...{ given: this.given.peek(), fields: this.fields.peek(), count: this.count.peek() },
    };
    const { text, file } = asked.given;
    const encoded = await encodeGiven(this, sampling);
    if (!encoded) this.#end(abort);
    if (!encoded || abort.signal.aborted) return;
    const count = encoded.answer || this.#isBeamSearch() ? 1 : this.count.peek();
    const outputs = Array.from({ length: count }, () => new Output());
    const hasPrimer = file !== undefined && this.#isPrimerOf(encoded.prompt);
    batch(() => {
      this.earlier.keep();
      this.asked.value = asked;
      this.encoded.value = encoded;
      if (!hasPrimer) this.primer.value = undefined;
      this.promptText.value =
        encoded.cut === undefined ? text : tokenTexts(encoded.tokens).join('');
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

  /**
   * Adds a message to the conversation, and writes its answer. A blank message is not sent.
   *
   * @param index - Index of the message that is replaced together with all later turns; by default, the message is
   *   appended.
   */
  async say(message: string, index = this.conversation.length): Promise<void> {
    if (message.trim() === '') return;
    const { conversation } = this;
    const before = [conversation.turns.peek(), this.outputs.peek(), this.given.peek()] as const;
    const isNew = index === conversation.length;
    const abort = this.#begin();
    const answer = index > 0 ? await decodeOutput(this, index - 1) : '';
    if (answer === undefined || abort.signal.aborted) return this.#end(abort);
    if (!isNew) this.earlier.keep();
    conversation.retries = 0;
    if (isNew) this.given.value = { text: '' };
    conversation.say(message, answer, index);
    if (await this.#answer(index, abort)) return;
    [conversation.turns.value, this.outputs.value, this.given.value] = before;
  }

  /** Begins a new conversation, or a text if `isOn` is false. */
  restart(isOn = true): void {
    this.stop();
    batch(() => {
      this.earlier.keep();
      this.asked.value = undefined;
      this.conversation.isOn.value = isOn;
      this.conversation.restart();
      this.outputs.value = [];
      this.beamSteps.value = [];
      this.encoded.value = undefined;
      this.speed.value = undefined;
      this.unchoose();
    });
  }

  /** Writes the answer to the last message anew. */
  async regenerate(): Promise<void> {
    this.earlier.keep();
    this.conversation.retries++;
    await this.#answer(this.conversation.length - 1, this.#begin());
  }

  /** The outputs, with the prompt and settings with which they were requested. */
  get askedForm(): WrittenForm {
    return { ...formOf(this), ...this.asked.peek() };
  }

  /** Replaces the shown prompt, settings and outputs by stored ones. */
  show(form: WrittenForm): void {
    this.stop();
    showForm(this, form);
    const { asked, encoded } = form;
    if (asked?.given.file && encoded) void this.#showPrimer(encoded.prompt);
    void this.showArtifacts();
  }

  /** Ends the outputs at their current length. */
  stop(): void {
    this.#abort.abort();
    this.isWriting.value = false;
  }

  /** Replaces a token of an output by another, and continues from there. */
  async branch({ output, index }: TokenPlace, token: WrittenToken): Promise<void> {
    this.stop();
    const target = this.outputs.peek()[output];
    if (!target) return;
    this.earlier.keep();
    batch(() => {
      target.text.truncate(index);
      target.text.append([token]);
      this.unchoose();
    });
    await this.continueOutput(output);
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

  /**
   * Writes the answer to a message that was said.
   *
   * @returns whether the messages could be encoded.
   */
  async #answer(place: number, abort: AbortController): Promise<boolean> {
    const { conversation, sampling } = this;
    const output = new Output();
    batch(() => {
      this.outputs.value = [...this.outputs.peek().slice(0, place), output];
      this.promptText.value = ''; // messages are part of the conversation
      this.beamSteps.value = [];
      this.beamStart.value = { output: place, index: 0 };
      this.unchoose();
    });
    const question = { model: this.model.id, messages: conversation.messages };
    const encoded = await this.session.ask('chatPrompt', question);
    if (!encoded) this.#end(abort);
    if (!encoded || abort.signal.aborted) return encoded !== undefined;
    output.encoded.value = encoded;
    this.encoded.value = encoded;
    const { seed } = sampling;
    const order = {
      sampling:
        typeof seed === 'number' ? { ...sampling, seed: seed + conversation.retries } : sampling,
      ...{ count: 1, abort, placeOf: () => place },
    };
    await this.#write(encoded.prompt, order);
    return true;
  }

  /**
   * Values of sampling settings from the form, with the defaults for conversations if one is active. Empty fields are
   * left out.
   */
  get sampling(): WriteQuestion['sampling'] {
    const given = Object.entries(this.fields.value).filter(([, value]) => value !== '');
    const usual = Object.entries(this.chatSampling).map(([name, value]) => [name, String(value)]);
    const fields = Object.fromEntries([...usual, ...given]) as FieldValues;
    return settingValues(this.model.samplingSettings, fields);
  }

  #isBeamSearch(): boolean {
    const settings = effective(this.model.samplingSettings, this.fields.peek());
    return settings.some(({ only }) => only === 'beams');
  }

  /** Continues an output after its end; in a conversation, the turns after it are removed. */
  async continueOutput(output: number): Promise<void> {
    const prompt = this.promptWith(output);
    if (!prompt) return;
    if (this.conversation.isOn.peek()) {
      this.conversation.cutAfter(output);
      this.outputs.value = this.outputs.peek().slice(0, output + 1);
    }
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

  /** Marks the request of a controller as ended, unless another request was started since. */
  #end(abort: AbortController): void {
    if (abort === this.#abort) this.isWriting.value = false;
  }

  /** Writes outputs for a prompt until they end. */
  async #write(prompt: PagePrompt, order: Order): Promise<void> {
    const timer = setInterval(() => void this.showArtifacts(false), ARTIFACT_EVERY_MS);
    await streamOutputs(this, prompt, order);
    clearInterval(timer);
    this.#end(order.abort);
    await this.showArtifacts();
  }

  /**
   * Shows the final forms of the outputs, if they show more than the tokens do.
   *
   * @param isLast - Whether the outputs are complete; if not, only files are shown, one request at a time.
   */
  async showArtifacts(isLast = true): Promise<void> {
    const { joins, continues, format } = this.model;
    if ((joins && continues) || this.encoded.peek()?.answer) return;
    if (!isLast && (format === undefined || this.#isRendering)) return;
    this.#isRendering = true;
    for (const [place, output] of this.outputs.peek().entries()) {
      const prompt = this.promptOf(place);
      if (!prompt) break;
      const question = { model: this.model.id, prompt, output: output.ids };
      const artifact = await this.session.ask('artifact', question);
      if (artifact) output.artifact.value = artifact;
    }
    this.#isRendering = false;
  }

  #isRendering = false;
}
