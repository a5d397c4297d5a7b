import { STEPS_PER_SECOND } from '../events/events.js';
import { writeMidi } from '../midi/write-midi.js';
import { AnswerClock, type DuetFacts, type SendMidi } from './answer-clock.js';
import { type DuetTurn, onSteps, PhraseRecorder, promptNotes } from './phrase-recorder.js';

type Values = Readonly<Record<string, unknown>>;

/** A request for the model's answer to a phrase, as the Explorer's call `write` takes it. */
export interface DuetQuestion<Prompt> {
  readonly model: string;
  readonly prompt: Prompt;
  readonly sampling: Values;
  readonly options: Values;
  readonly count: number;
  readonly alternatives: number;
  readonly sharing: 'tokens';
}

/** An event in the stream of an answer. Only events with a `token` are read. */
interface DuetEvent {
  readonly kind: string;
  readonly token?: { readonly id: number };
}

/** The calls of the Explorer that a duet makes: over HTTP, to a worker, or in the same process. */
export interface DuetCalls<Prompt> {
  encode(question: {
    readonly model: string;
    readonly file: string;
    readonly options: Values;
  }): Promise<{ readonly prompt: Prompt }>;
  /** Returns the next tokens. A duet calls it so that the model reads the prompt into its cache. */
  next(question: {
    readonly model: string;
    readonly prompt: Prompt;
    readonly count: number;
  }): Promise<unknown>;
  write(question: DuetQuestion<Prompt>, signal: AbortSignal): AsyncIterable<DuetEvent>;
}

/** Model, settings and callbacks of a duet. */
export interface DuetOptions {
  /** Id of a model of performances. */
  readonly model: string;
  readonly contextLength: number;
  /** Length in seconds of the rest that ends a phrase. */
  readonly restSeconds: number;
  /** Length of an answer in seconds; default: the length of the phrase, limited to 2 to 20 seconds. */
  readonly answerSeconds?: number;
  /**
   * Values of sampling settings, by name. `promptOptions` and `outputOptions` are values of settings of the prompt
   * and of the output.
   */
  readonly sampling?: Values;
  readonly promptOptions?: Values;
  readonly outputOptions?: Values;
  /** Returns the current time in milliseconds, in the clock that all times of the duet use. */
  readonly now: () => number;
  /** Receives the messages of answers, up to 250 ms ahead of their times. */
  readonly send: SendMidi;
  readonly onError: (error: unknown) => void;
}

/** Maximum time in milliseconds by which messages are sent before they are to be played. */
const AHEAD_MS = 250;
/** Range of the default length of an answer, in seconds. */
const ANSWER_SECONDS = [2, 20] as const;
/** Maximum silence in an answer, in seconds, unless the settings have another one. */
const MAX_REST = 1;
/** Number of tokens in the context for each note of a prompt: about four, and as many for the answer. */
const TOKENS_PER_NOTE = 8;

/** An answer of the model that is generated or played. */
interface Answer {
  readonly clock: AnswerClock;
  readonly abort: AbortController;
  hasEnded: boolean;
}

/**
 * A model and a person who play in turns. While the person plays, the model reads the phrase into its cache, so that it
 * can answer as soon as the phrase ends. A note that the person plays ends the answer.
 *
 * The owner passes played messages to `receive`, and calls `tick` about every 20 milliseconds.
 */
export class Duet<Prompt> {
  readonly #turns: DuetTurn[] = [];
  #phrase: PhraseRecorder;
  #answer: Answer | undefined;
  /** Number of messages that changed a phrase so far; it tells whether `#prepared` is up to date. */
  #version = 0;
  #prepared: { readonly version: number; readonly prompt: Prompt } | undefined;
  #isPreparing = false;
  #facts: DuetFacts = { noteCount: 0, lateCount: 0 };

  /** Creates a duet in which neither the person nor the model has played yet. */
  constructor(
    private readonly calls: DuetCalls<Prompt>,
    private readonly options: DuetOptions,
  ) {
    this.#phrase = new PhraseRecorder(options.restSeconds);
  }

  /** Whether an answer of the model is being generated or played. */
  get isAnswering(): boolean {
    return this.#answer !== undefined;
  }

  /** Measurements of the duet so far. */
  get facts(): DuetFacts {
    return this.#factsWith(this.#answer);
  }

  /** Returns all turns so far; sounding notes last until the current time. */
  turns(): readonly DuetTurn[] {
    const now = this.options.now();
    const playing = this.#answer && { isAnswer: true, notes: this.#answer.clock.notesUntil(now) };
    const phrase = { isAnswer: false, notes: this.#phrase.notesUntil(now / 1000) };
    return [...this.#turns, ...(playing ? [playing] : []), phrase].filter(
      ({ notes }) => notes.length > 0,
    );
  }

  /** Returns all notes so far as a MIDI file that begins with the first note. */
  midi(): Uint8Array {
    return writeMidi(onSteps(this.turns().flatMap(({ notes }) => notes)));
  }

  /** Receives a MIDI message that the person played at a time. A new note ends the answer of the model. */
  receive(message: ArrayLike<number>, milliseconds: number): void {
    const before = this.#phrase.noteCount;
    if (!this.#phrase.receive(message, milliseconds / 1000)) return;
    this.#version++;
    if (this.#phrase.noteCount > before) this.stop();
  }

  /** Sends the messages whose time has come, and answers a phrase that has ended. */
  tick(): void {
    const now = this.options.now();
    this.#answer?.clock.sendUntil(now + AHEAD_MS);
    if (this.#answer?.hasEnded && !this.#answer.clock.isActiveAt(now)) this.stop();
    const { endSeconds } = this.#phrase;
    if (!this.#answer && endSeconds !== undefined && 1000 * endSeconds <= now) {
      this.#startAnswer(1000 * endSeconds);
    } else if (this.#phrase.noteCount > 0 && this.#prepared?.version !== this.#version) {
      void this.#prepare();
    }
  }

  /** Encodes the phrase so far, and has the model read it into its cache, before the phrase ends. */
  async #prepare(): Promise<void> {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    const version = this.#version;
    try {
      const prompt = await this.#encode(this.#phrase);
      this.#prepared = { version, prompt };
      await this.calls.next({ model: this.options.model, prompt, count: 1 });
    } catch (error) {
      this.#prepared = undefined;
      this.#version++;
      this.#phrase = new PhraseRecorder(this.options.restSeconds);
      this.options.onError(error);
    } finally {
      this.#isPreparing = false;
    }
  }

  /** Encodes earlier turns and a phrase up to its last event. Notes that still sound are not ended in the prompt. */
  async #encode(phrase: PhraseRecorder): Promise<Prompt> {
    const { lastSeconds } = phrase;
    const played = { isAnswer: false, notes: phrase.notesUntil(lastSeconds + 1) };
    const max = Math.max(1, Math.floor(this.options.contextLength / TOKENS_PER_NOTE));
    const { notes, offset } = promptNotes([...this.#turns, played], max);
    const { prompt } = await this.calls.encode({
      model: this.options.model,
      file: base64Of(writeMidi(notes)),
      options: {
        ...this.options.promptOptions,
        primer: 'duet.mid',
        primerSeconds:
          (Math.round((lastSeconds - offset) * STEPS_PER_SECOND) + 1.5) / STEPS_PER_SECOND,
      },
    });
    return prompt;
  }

  #startAnswer(handOverMs: number): void {
    const phrase = this.#phrase;
    const notes = phrase.notesUntil(handOverMs / 1000);
    const clock = new AnswerClock(handOverMs, notes.at(-1)?.velocity ?? 64, this.options.send);
    const answer = { clock, abort: new AbortController(), hasEnded: false };
    this.#answer = answer;
    const isPrepared = this.#prepared?.version === this.#version;
    const prompt = isPrepared && this.#prepared ? this.#prepared.prompt : this.#encode(phrase);
    const seconds = phrase.lastSeconds - (notes.at(0)?.startSeconds ?? 0);
    this.#turns.push({ isAnswer: false, notes });
    this.#phrase = new PhraseRecorder(this.options.restSeconds);
    void this.#write(answer, prompt, seconds);
  }

  async #write(answer: Answer, given: Prompt | Promise<Prompt>, seconds: number): Promise<void> {
    const { model, now, answerSeconds, sampling = {}, outputOptions, onError } = this.options;
    const [min, max] = ANSWER_SECONDS;
    const lengthSeconds = answerSeconds ?? Math.min(max, Math.max(min, seconds));
    try {
      const question = {
        ...{ model, prompt: await given, sampling, count: 1, alternatives: 0 },
        options: { lengthSeconds, maxRestSeconds: MAX_REST, ...outputOptions },
        sharing: 'tokens' as const,
      };
      for await (const { token } of this.calls.write(question, answer.abort.signal)) {
        if (answer.abort.signal.aborted) return;
        if (token) answer.clock.push(token.id, now());
        answer.clock.sendUntil(now() + AHEAD_MS);
      }
    } catch (error) {
      if (!answer.abort.signal.aborted) onError(error);
    }
    answer.hasEnded = true;
  }

  /** Ends the answer of the model, if it answers, and the sounding notes of the answer. */
  stop(): void {
    const answer = this.#answer;
    if (!answer) return;
    const now = this.options.now();
    answer.abort.abort();
    answer.clock.stop(now);
    this.#facts = this.#factsWith(answer);
    const notes = answer.clock.notesUntil(Infinity);
    if (notes.length > 0) this.#turns.push({ isAnswer: true, notes });
    this.#answer = undefined;
    this.#version++;
  }

  #factsWith(answer: Answer | undefined): DuetFacts {
    if (!answer) return this.#facts;
    const { latencyMs = this.#facts.latencyMs, lateCount } = answer.clock;
    return {
      ...(latencyMs !== undefined && { latencyMs }),
      noteCount: this.#facts.noteCount + answer.clock.notesUntil(Infinity).length,
      lateCount: this.#facts.lateCount + lateCount,
    };
  }
}

function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
