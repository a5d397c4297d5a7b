import { eventId } from '../events/events.js';
import { parseMidi } from '../midi/parse-midi.js';
import { Duet, type DuetCalls, type DuetOptions, type DuetQuestion } from './duet.js';

type Sent = readonly [...message: number[], at: number];

const [on, off] = [
  (pitch: number) => eventId({ kind: 'noteOn', pitch }),
  (pitch: number) => eventId({ kind: 'noteOff', pitch }),
];
const shift = (steps: number): number => eventId({ kind: 'shift', steps });
/** Velocity 61, a note of 100 ms on E4, a rest of 200 ms, and a note of 100 ms on G4. */
const ANSWER = [
  ...[eventId({ kind: 'velocity', bin: 16 }), on(64), shift(10), off(64)],
  ...[shift(20), on(67), shift(10), off(67)],
];

/** A duet with a clock that the test sets, and a model whose tokens the test passes on. */
class Stage {
  now = 0;
  readonly sent: Sent[] = [];
  readonly asked: DuetQuestion<readonly number[]>[] = [];
  readonly read: (readonly number[])[] = [];
  readonly errors: unknown[] = [];
  /** Pitches of the file of each prompt, and the used seconds of it. */
  readonly primers: { readonly pitches: readonly number[]; readonly seconds: unknown }[] = [];
  readonly duet: Duet<readonly number[]>;
  fault?: Error;
  #waiting: (number | undefined)[] = [];
  #wake = (): void => undefined;

  constructor(options: Partial<DuetOptions> = {}) {
    const calls: DuetCalls<readonly number[]> = {
      encode: async ({ file, options: { primerSeconds: seconds } }) => {
        if (this.fault) throw this.fault;
        const bytes = Uint8Array.from(atob(file), (character) => character.charCodeAt(0));
        const pitches = parseMidi('a.mid', bytes).notes.map(({ pitch }) => pitch);
        this.primers.push({ pitches, seconds });
        return Promise.resolve({ prompt: pitches });
      },
      next: ({ prompt }) => Promise.resolve(this.read.push(prompt)),
      write: (question, signal) => this.#write(question, signal),
    };
    this.duet = new Duet(calls, {
      model: 'piano',
      contextLength: 64,
      restSeconds: 1,
      now: () => this.now,
      send: (message, at) => this.sent.push([...message, at]),
      onError: (error) => this.errors.push(error),
      ...options,
    });
  }

  async *#write(question: DuetQuestion<readonly number[]>, signal: AbortSignal) {
    this.asked.push(question);
    while (!signal.aborted) {
      while (this.#waiting.length > 0) {
        const id = this.#waiting.shift();
        if (id === undefined) return;
        yield { kind: 'token', token: { id } };
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Passes tokens of the model on; `undefined` ends the answer. */
  async say(...ids: (number | undefined)[]): Promise<void> {
    this.#waiting.push(...ids);
    this.#wake();
    await settle();
  }

  /** Moves the clock to a time. */
  async at(milliseconds: number): Promise<void> {
    this.now = milliseconds;
    this.duet.tick();
    await settle();
  }

  /** Plays a note of the person, and moves the clock to its end. */
  async note(pitch: number, from: number, to: number): Promise<void> {
    await this.at(from);
    this.duet.receive([0x90, pitch, 80], from);
    await this.at(to);
    this.duet.receive([0x80, pitch, 0], to);
    this.duet.tick();
    await settle();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Duet', () => {
  it('answers after a rest, with all notes at their times', async () => {
    const stage = new Stage();
    await stage.note(60, 1000, 1500);
    await stage.at(2499);
    expect(stage.asked).toEqual([]);
    await stage.at(2500);
    expect(stage.asked[0]).toMatchObject({ prompt: [60], sharing: 'tokens', count: 1 });
    expect(stage.asked[0].options).toEqual({ lengthSeconds: 2, maxRestSeconds: 1 });
    stage.now = 2520;
    await stage.say(...ANSWER, undefined);
    await stage.at(2700);
    expect(stage.sent).toEqual([
      [0x90, 64, 61, 2620],
      [0x80, 64, 0, 2720],
      [0x90, 67, 61, 2920],
    ]);
    expect(stage.duet.isAnswering).toBe(true);
    await stage.at(3021);
    await stage.at(3041);
    expect(stage.sent.at(-1)).toEqual([0x80, 67, 0, 3020]);
    expect(stage.duet.isAnswering).toBe(false);
    expect(stage.duet.facts).toEqual({ latencyMs: 120, noteCount: 2, lateCount: 0 });
    expect(stage.duet.turns().map(({ isAnswer, notes }) => [isAnswer, notes.length])).toEqual([
      [false, 1],
      [true, 2],
    ]);
    const { notes } = parseMidi('duet.mid', stage.duet.midi());
    expect(notes.map(({ startSeconds, pitch }) => [Math.round(100 * startSeconds), pitch])).toEqual(
      [
        [0, 60],
        [162, 64],
        [192, 67],
      ],
    );
  });

  it('reads the phrase into the cache while it is played', async () => {
    const stage = new Stage();
    await stage.note(60, 1000, 1500);
    await stage.note(62, 1500, 2000);
    await stage.at(2020);
    expect(stage.read.at(-1)).toEqual([60, 62]);
    const count = stage.primers.length;
    await stage.at(3000);
    expect([stage.asked.length, stage.primers.length]).toEqual([1, count]);
  });

  it('answers at once after a tap of the pedal, but not after a pedal that holds notes', async () => {
    const stage = new Stage();
    const pedal = (value: number, at: number) => stage.duet.receive([0xb0, 64, value], at);
    pedal(127, 900);
    await stage.note(60, 1000, 1500);
    await stage.at(4000);
    pedal(0, 4000);
    await stage.at(4500);
    expect(stage.asked).toEqual([]);
    pedal(127, 4600);
    pedal(0, 4700);
    await stage.at(4700);
    expect(stage.asked).toHaveLength(1);
    const [{ notes }] = stage.duet.turns();
    expect(notes).toEqual([{ startSeconds: 1, endSeconds: 4, pitch: 60, velocity: 80 }]);
  });

  it('delays the rest of the answer if a note is computed too late, and counts it', async () => {
    const stage = new Stage();
    await stage.note(60, 1000, 1500);
    await stage.at(2500);
    await stage.say(...ANSWER.slice(0, 4));
    await stage.at(3000);
    await stage.say(...ANSWER.slice(4), undefined);
    await stage.at(3100);
    // Computed 80 ms late, and 40 ms more for the notes after it.
    expect(stage.sent.slice(2)).toEqual([
      [0x90, 67, 61, 3040],
      [0x80, 67, 0, 3140],
    ]);
    expect(stage.duet.facts).toMatchObject({ latencyMs: 120, lateCount: 1 });
  });

  it('moves no other notes if a note is computed 8 ms too late', async () => {
    const stage = new Stage();
    await stage.note(60, 1000, 1500);
    await stage.at(2500);
    await stage.say(...ANSWER.slice(0, 4));
    await stage.at(2928);
    await stage.say(...ANSWER.slice(4), undefined);
    expect(stage.sent.slice(2)).toEqual([
      [0x90, 67, 61, 2920],
      [0x80, 67, 0, 3020],
    ]);
    expect(stage.duet.facts.lateCount).toBe(0);
  });

  it('ends its answer when the person plays, and continues from both', async () => {
    const stage = new Stage();
    await stage.note(60, 1000, 1500);
    await stage.at(2500);
    await stage.say(...ANSWER.slice(0, 3));
    await stage.at(2650);
    stage.duet.receive([0x90, 72, 80], 2660);
    expect(stage.duet.isAnswering).toBe(false);
    expect(stage.sent.at(-1)).toEqual([0x80, 64, 0, 2650]);
    await stage.say(...ANSWER);
    await stage.at(2700);
    expect(stage.sent).toHaveLength(2);
    expect(stage.read.at(-1)).toEqual([60, 64, 72]);
  });

  it('shortens pauses, and leaves out the first notes of a long duet', async () => {
    const stage = new Stage({ contextLength: 40 }); // five notes
    await stage.note(60, 1000, 1500);
    await stage.at(2500);
    await stage.say(undefined);
    await stage.at(2600);
    await stage.note(61, 60_000, 60_500);
    // The first phrase, a pause of a second, and the second phrase.
    expect(stage.primers.at(-1)).toEqual({ pitches: [60, 61], seconds: 2.015 });
    for (let i = 0; i < 4; i++) await stage.note(70 + i, 61_000 + 100 * i, 61_050 + 100 * i);
    await stage.at(61_500);
    expect(stage.primers.at(-1)?.pitches).toEqual([71, 72, 73]);
  });

  it('reports an error, and listens again', async () => {
    const stage = new Stage();
    stage.fault = new RangeError('melody: expected a MIDI file');
    await stage.note(60, 1000, 1500);
    expect(stage.errors).toEqual([stage.fault]);
    stage.fault = undefined;
    await stage.note(62, 2000, 2500);
    await stage.at(3500);
    expect(stage.asked[0].prompt).toEqual([62]);
  });

  it('ignores other messages', async () => {
    const stage = new Stage();
    for (const message of [[0xf8], [0xe0, 0, 64], [0xb0, 1, 30], []])
      stage.duet.receive(message, 0);
    await stage.at(5000);
    expect([stage.asked, stage.primers, stage.duet.turns()]).toEqual([[], [], []]);
  });
});
