import { batch, signal } from '@preact/signals';
import type { PagePrompt } from '@ramble/explorer';
import { type StartedNote, Synthesizer } from '@ramble/explorer/notes';
import { Duet, type DuetCalls, type DuetFacts, type DuetTurn, MIDI_STATUS } from '@ramble/music';

import { settingValues } from '../write/setting-values.js';
import type { Writing } from '../write/writing.js';

/** Interval in milliseconds of the clock, and of redrawing. */
const [TICK_MS, DRAW_MS] = [15, 100];
const NO_DEVICE =
  'No MIDI keyboard is connected. Connect one, and it is found at once; until then, play the keys below.';
const NO_WEB_MIDI =
  'This browser has no Web MIDI here. Open the page in Chrome, Edge or another Chromium, over https or on localhost; until then, play the keys below.';
const DENIED =
  'The browser does not let this page use MIDI devices. Allow them in the settings next to the address, and start again; until then, play the keys below.';

/** A MIDI output that can be chosen. */
interface OutputChoice {
  readonly id: string;
  readonly name: string;
}

/** Plays with a model: connects MIDI devices, the page's keys and its sound to a duet. */
export class LiveSession {
  readonly isOn = signal(false);
  readonly isAnswering = signal(false);
  /**
   * Length in seconds of the rest that ends a phrase. `answerSeconds` is the length of answers; 0 for the length of
   * the phrase.
   */
  readonly restSeconds = signal(1);
  readonly answerSeconds = signal(0);
  /** A sentence that explains why no MIDI input can be used; otherwise empty. */
  readonly notice = signal('');
  readonly inputs = signal<readonly string[]>([]);
  readonly outputs = signal<readonly OutputChoice[]>([]);
  /** Id of the MIDI output; empty for the sound of the page. */
  readonly outputId = signal('');
  readonly turns = signal<readonly DuetTurn[]>([]);
  readonly nowSeconds = signal(0);
  readonly facts = signal<DuetFacts>({ noteCount: 0, lateCount: 0 });
  #duet: Duet<PagePrompt> | undefined;
  #access: MIDIAccess | undefined;
  #sound: PageSound | undefined;
  #timers: ReturnType<typeof setInterval>[] = [];

  constructor(private readonly writing: Writing) {}

  /** Starts a new duet with the settings of the form. */
  async start(): Promise<void> {
    this.stop();
    this.#sound ??= new PageSound();
    this.#duet = this.#newDuet();
    this.isOn.value = true;
    this.#timers = [
      setInterval(() => this.#duet?.tick(), TICK_MS),
      setInterval(() => this.#draw(), DRAW_MS),
    ];
    await this.#connect();
  }

  /** Ends the duet; its notes are kept until the next one. */
  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#duet?.stop();
    this.#draw();
    for (const input of this.#access?.inputs.values() ?? []) input.onmidimessage = null;
    if (this.#access) this.#access.onstatechange = null;
    this.isOn.value = false;
  }

  /** Ends the duet and closes the sound. */
  close(): void {
    this.stop();
    this.#sound?.close();
    this.#sound = undefined;
  }

  /** Plays a MIDI message of the page's own keys, and passes it to the duet. */
  play(message: readonly number[]): void {
    const now = performance.now();
    this.#send(message, now);
    this.#duet?.receive(message, now);
  }

  /** Returns the notes of the duet as a MIDI file. */
  midi(): Uint8Array {
    return this.#duet?.midi() ?? new Uint8Array();
  }

  #newDuet(): Duet<PagePrompt> {
    const { model, fields, session } = this.writing;
    const { transport } = session;
    const calls: DuetCalls<PagePrompt> = {
      encode: (question) => transport.call('encode', question),
      next: (question) => transport.call('next', question),
      write: (question, abort) => transport.stream('write', question, abort),
    };
    return new Duet(calls, {
      model: model.id,
      contextLength: model.config.contextLength,
      restSeconds: this.restSeconds.peek(),
      answerSeconds: this.answerSeconds.peek() || undefined,
      sampling: settingValues(model.samplingSettings, fields.peek()),
      promptOptions: settingValues(model.promptSettings, fields.peek()),
      outputOptions: settingValues(model.outputSettings, fields.peek()),
      now: () => performance.now(),
      send: (message, milliseconds) => this.#send(message, milliseconds),
      onError: (error) => session.complain(error),
    });
  }

  /** Requests access to MIDI devices, and follows their changes. */
  async #connect(): Promise<void> {
    if (!('requestMIDIAccess' in navigator)) {
      this.notice.value = NO_WEB_MIDI;
      return;
    }
    try {
      this.#access = await navigator.requestMIDIAccess();
    } catch {
      this.notice.value = DENIED;
      return;
    }
    if (!this.isOn.peek()) return;
    this.#access.onstatechange = () => this.#listPorts();
    this.#listPorts();
  }

  #listPorts(): void {
    const inputs = [...(this.#access?.inputs.values() ?? [])].filter(isConnected);
    const outputs = [...(this.#access?.outputs.values() ?? [])].filter(isConnected);
    for (const input of inputs) input.onmidimessage = (event) => this.#hear(event);
    batch(() => {
      this.inputs.value = inputs.map(nameOf);
      this.outputs.value = outputs.map((output) => ({ id: output.id, name: nameOf(output) }));
      if (outputs.every(({ id }) => id !== this.outputId.peek())) this.outputId.value = '';
      this.notice.value = inputs.length === 0 ? NO_DEVICE : '';
    });
  }

  /** Receives a message of a MIDI device. The page's sound plays it; a MIDI output does not, because keyboards sound. */
  #hear({ data, timeStamp }: MIDIMessageEvent): void {
    if (!data) return;
    if (this.outputId.peek() === '') this.#sound?.send([...data], performance.now());
    this.#duet?.receive(data, timeStamp);
  }

  #send(message: readonly number[], milliseconds: number): void {
    const output = this.#access?.outputs.get(this.outputId.peek());
    if (output) output.send([...message], milliseconds);
    else this.#sound?.send(message, milliseconds);
  }

  #draw(): void {
    const duet = this.#duet;
    if (!duet) return;
    batch(() => {
      this.turns.value = duet.turns();
      this.isAnswering.value = duet.isAnswering;
      this.facts.value = duet.facts;
      this.nowSeconds.value = performance.now() / 1000;
    });
  }
}

function isConnected({ state }: MIDIPort): boolean {
  return state === 'connected';
}

function nameOf({ name, id }: MIDIPort): string {
  return name ?? id;
}

/** The synthesized piano of the page as a MIDI output. */
class PageSound {
  readonly #context = new AudioContext();
  readonly #piano = new Synthesizer(this.#context);
  readonly #sounding = new Map<number, StartedNote>();

  /** Plays a message at a time of `performance.now()`. */
  send([status = 0, pitch = 0, velocity = 0]: readonly number[], milliseconds: number): void {
    void this.#context.resume();
    const { currentTime } = this.#context;
    const at = currentTime + Math.max(0, milliseconds - performance.now()) / 1000;
    const kind = status & 0xf0;
    if (kind !== MIDI_STATUS.noteOn && kind !== MIDI_STATUS.noteOff) return;
    this.#sounding.get(pitch)?.release(at);
    this.#sounding.delete(pitch);
    if (kind !== MIDI_STATUS.noteOn || velocity === 0) return;
    this.#sounding.set(pitch, this.#piano.strike({ pitch, velocity }, at));
  }

  close(): void {
    void this.#context.close();
  }
}
