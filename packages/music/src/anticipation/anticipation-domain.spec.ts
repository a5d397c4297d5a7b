import { createHash } from 'node:crypto';

import { createModel, randomAt } from '@ramble/core';
import { createSequence, type SamplingOptions } from '@ramble/core/sampling';
import { describeDomainContract, type InvalidExample } from '@ramble/testing';

import { readFixture } from '../../test/read-fixture.js';
import { parseMidi } from '../midi/parse-midi.js';
import { writeScore } from '../midi/write-midi.js';
import { DRUMS } from '../score/score.js';
import {
  type AnticipationDomain,
  anticipationDomain,
  anticipationFactory,
  type AnticipationPrompt,
} from './anticipation-domain.js';
import { anticipationGrammar, type AnticipationRules } from './anticipation-grammar.js';
import {
  ANTICIPATE,
  AUTOREGRESS,
  CONTROL,
  encodeInstruments,
  FIRST_DURATION,
  FIRST_NOTE,
  ID_COUNT,
  type InstrumentNote,
  type InstrumentPiece,
  instrumentScore,
  parseInstruments,
  REST,
  SEPARATOR,
} from './instrument-events.js';

interface FileLine {
  readonly file: string;
  readonly length: number;
  readonly ids: string;
}
/** Output of the reference: fixtures/README.md. */
const lines = new TextDecoder()
  .decode(readFixture('anticipation.jsonl'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as FileLine);
const pieces = lines.map(({ file }) => parseInstruments(file, readFixture(file)));
const domain = anticipationDomain;

it('writes the same ids for files as the reference', () => {
  for (const [i, expected] of lines.entries()) {
    const ids = encodeInstruments(pieces[i].notes).flat();
    const hash = createHash('sha256').update(ids.join()).digest('hex');
    expect({ file: expected.file, length: ids.length, ids: hash }).toEqual(expected);
  }
});

const D = FIRST_DURATION + 50;
const N = FIRST_NOTE + 60;
const isNote = (id: number): boolean => id >= FIRST_NOTE && id <= REST;
/** Whether ids are complete triples of events in the order of their times, with a stop token. */
function isOutput(tokens: readonly number[]): boolean {
  const ids = tokens.slice(0, -1);
  const times = ids.filter((_, i) => i % 3 === 0);
  return (
    tokens.at(-1) === SEPARATOR &&
    ids.length > 0 &&
    ids.length % 3 === 0 &&
    times[0] === 0 &&
    times.every(
      (time, i) => time < FIRST_DURATION && time >= (times.at(i - 1) ?? 0) * Number(i > 0),
    ) && // prettier-ignore
    ids.every((id, i) => i % 3 !== 1 || (id >= FIRST_DURATION && id < FIRST_NOTE)) &&
    ids.every((id, i) => i % 3 !== 2 || isNote(id))
  );
}

// Short beginnings, because each token of the contract is compared with thousands of allowed ids.
const short = pieces
  .map((whole) => ({ ...whole, notes: whole.notes.slice(0, 6) }))
  .filter(({ notes }) => notes.every(({ startStep }) => startStep < 1000))
  .slice(0, 22);
describeDomainContract<
  InstrumentPiece,
  AnticipationPrompt,
  readonly InstrumentNote[],
  AnticipationDomain
>({
  name: 'anticipation',
  create: () => Promise.resolve(domain),
  factory: anticipationFactory,
  valid: short.map((example) => {
    const { tokens } = domain.encodeExample(example);
    return { example, prompt: {}, output: domain.decodeOutput(Array.from(tokens).slice(1, -1)) };
  }),
  invalid: [
    {
      example: { name: 'x.mid', notes: [], repairs: [] },
      message: 'x.mid: the piece has no notes',
    },
    {
      example: {
        name: 'x.mid',
        notes: Array.from({ length: 17 }, (_, program) => ({ startStep: 0, pitch: 60, program })),
        repairs: [],
      },
      message: 'x.mid: expected at most 16 instruments, got 17',
    },
    ...[
      [],
      [SEPARATOR],
      [5, D, N, SEPARATOR], // the first time is 0
      [0, D, SEPARATOR],
      [0, N, SEPARATOR],
      [0, N, D, SEPARATOR],
      [D, N, 0, SEPARATOR],
      [0, D, N],
      [0, D, N, 5, D, SEPARATOR],
      [0, D, N, 5, SEPARATOR],
      [0, D, N, 5, D, N, 4, D, N, SEPARATOR], // in the past
      [0, REST, N, SEPARATOR],
      [REST, D, N, SEPARATOR],
      [0, D, D, SEPARATOR],
      [0, D, N, N, SEPARATOR],
      [0, D, N, SEPARATOR, SEPARATOR],
      [0, D, N, AUTOREGRESS, SEPARATOR],
      [CONTROL, CONTROL + D, CONTROL + N, SEPARATOR],
      [0, D, CONTROL + N, SEPARATOR],
      [0, CONTROL + D, N, SEPARATOR],
    ].map((tokens): InvalidExample<InstrumentPiece, AnticipationPrompt> => ({
      prompt: {},
      tokens,
    })),
  ],
  isValidOutput: isOutput,
});

const note = (startStep: number, program = 0, pitch = 60): InstrumentNote => {
  return { startStep, durationSteps: 50, pitch, program };
};
const piece = (...notes: InstrumentNote[]): InstrumentPiece => ({ name: 'a.mid', notes, repairs: [] }); // prettier-ignore

describe('anticipationDomain', () => {
  it('adds a rest each second, and counts times from the first event', () => {
    const { tokens } = domain.encodeExample(piece(note(310), note(450)));
    expect(Array.from(tokens)).toEqual([
      ...[
        AUTOREGRESS,
        0,
        FIRST_DURATION,
        REST,
        100,
        FIRST_DURATION,
        REST,
        200,
        FIRST_DURATION,
        REST,
      ],
      ...[210, D, N, 310, FIRST_DURATION, REST, 350, D, N, SEPARATOR],
    ]);
  });

  it('writes a control before the first event after one at most five seconds before it', () => {
    const controls = [note(300, 33), note(620, 33)];
    const { tokens } = domain.encodeExample({ ...piece(note(0), note(90), note(150)), controls });
    const bass = FIRST_NOTE + 33 * 128 + 60;
    expect(Array.from(tokens).slice(0, 16)).toEqual([
      ...[ANTICIPATE, CONTROL + 300, CONTROL + D, CONTROL + bass, 0, D, N, 90, D, N, 150, D, N],
      ...[CONTROL + 620, CONTROL + D, CONTROL + bass],
    ]);
  });

  it('divides a long piece into sequences, and decodes them to the same notes', () => {
    const notes = Array.from({ length: 500 }, (_, i) => note(70 * i, i % 3 === 0 ? DRUMS : 5));
    const { tokens, starts } = domain.encodeExample(piece(...notes));
    expect(starts).toHaveLength(4);
    expect(Math.max(...Array.from(tokens).filter((id) => id < FIRST_DURATION))).toBeLessThan(9500);
    expect(domain.decodeOutput(Array.from(tokens).slice(0, -1))).toEqual(notes);
  });

  it('cuts segments of whole triples, whose times count from their beginnings', () => {
    const whole = domain.encodeExample(piece(...Array.from({ length: 9 }, (_, i) => note(40 * i))));
    const segments = [...domain.segments!(whole, 10)].map(({ tokens }) => Array.from(tokens));
    const segment = [AUTOREGRESS, 0, D, N, 40, D, N, 80, D, N];
    expect(segments).toEqual([segment, segment, segment]);
  });

  it('keeps all notes of a piece when it chooses controls', () => {
    const notes = Array.from({ length: 60 }, (_, i) => note(30 * i, i % 4));
    const shares = Array.from({ length: 40 }, (_, step) => {
      const random = randomAt({ seed: 3, purpose: 'augment', step });
      const { notes: own, controls = [] } = domain.augment!(piece(...notes), random)!;
      expect(own.length + controls.length).toBe(60);
      return controls.length / 60;
    });
    expect(shares.filter((share) => share === 0).length).toBeGreaterThan(0);
    expect(Math.max(...shares)).toBeGreaterThan(0.6);
  });

  it('refuses a primer without notes', () => {
    const primer = { piece: parseInstruments('x.mid', readFixture('midi/no-notes.mid')) };
    expect(() => domain.encodePrompt(primer)).toThrow(
      new RangeError('primer: the piece has no notes'),
    );
  });

  it('encodes a primer that is longer than times can be, and decodes it to the same notes', () => {
    const notes = Array.from({ length: 500 }, (_, i) => note(60 * i));
    const { tokens, outputStart } = domain.encodePrompt({ piece: piece(...notes) });
    const ids = Array.from(tokens).slice(outputStart);
    const times = ids.filter((id, i) => i % 3 === 0 && id < AUTOREGRESS);
    expect(times).toHaveLength(500);
    expect(Math.max(...times)).toBeLessThan(9500);
    expect(domain.decodeOutput(ids)).toEqual(notes);
    const output = Array.from(domain.encodeOutput!(notes));
    expect(domain.decodeOutput(output.slice(0, -1))).toEqual(notes);
    expect(domain.encodePrompt({ piece: piece(...notes), seconds: 1 }).tokens).toHaveLength(7);
  });

  it('slides the window of a long primer to its newest triples, whose times count from the first', () => {
    const notes = Array.from({ length: 500 }, (_, i) => note(60 * i));
    const prompt = domain.encodePrompt({ piece: piece(...notes) });
    const tokens = Array.from(prompt.tokens);
    const size = { length: tokens.length, room: 1024, kept: 1024 };
    const { tokens: window, announced } = prompt.slide!(tokens, size)!;
    const times = window.filter((_, i) => i % 3 === 1);
    expect(window[0]).toBe(AUTOREGRESS);
    expect(times).toEqual(Array.from(times, (_, i) => 60 * i));
    expect(times.length).toBeGreaterThan(85 / 0.6);
    const next = 60 * times.length;
    const output = [...tokens.slice(1), ...announced, next, D, N];
    expect(domain.decodeOutput(output)).toEqual([...notes, note(60 * 500)]);
  });

  it('keeps the window if its tokens and times fit, and within a triple', () => {
    const prompt = domain.encodePrompt({ piece: piece(note(0), note(50)) });
    const tokens = Array.from(prompt.tokens);
    expect(prompt.slide!(tokens, { length: 7, room: 1024, kept: 1024 })).toBeUndefined();
    expect(prompt.slide!([...tokens, 70], { length: 8, room: 9, kept: 4 })).toBeUndefined();
  });

  it('writes MIDI files with a track for each instrument', () => {
    const score = instrumentScore([note(0, 33), note(20, DRUMS), note(40, 33)]);
    const { notes } = parseMidi('a.mid', writeScore(score));
    expect(notes.map(({ startSeconds, program, isDrum }) => [startSeconds, program, isDrum])).toEqual([
      [0, 33, false],
      [0.4, 33, false],
      [0.2, 0, true],
    ]); // prettier-ignore
  });
});

/** A random walk along the allowed tokens, decoded. */
function walk(prompt: AnticipationPrompt, rules: AnticipationRules, seed = 0): number[] {
  const grammar = anticipationGrammar(rules);
  const encoded = domain.encodePrompt(prompt);
  const random = randomAt({ seed, purpose: 'sample', step: 0 });
  const tokens = Array.from(encoded.tokens);
  let state = grammar.start(encoded);
  for (let n = 0; n < 1500; n++) {
    const allowed = [...grammar.allowed(state)];
    // Small steps in time, so that a walk has many events.
    const isTime = allowed.length > 1 && allowed[0] < FIRST_DURATION;
    const id = allowed[random.integer(n, isTime ? Math.min(40, allowed.length) : allowed.length)];
    if (id === SEPARATOR) return tokens;
    tokens.push(id);
    state = grammar.advance(state, id);
  }
  return tokens;
}

/** Samples notes in windows of ten triples, with times that are likely to be a second or less later. */
function sampleInWindows(
  prompt: AnticipationPrompt,
  rules: AnticipationRules,
  options: SamplingOptions,
): readonly InstrumentNote[] {
  const size = { vocabSize: ID_COUNT, contextLength: 31, nLayer: 1, nHead: 1, nEmbd: 2 };
  const { decoder } = createModel({ ...size, attention: 'causal', positions: 'input' });
  const logits = Float32Array.from({ length: ID_COUNT }, (_, id) => (id < FIRST_DURATION ? -id / 60 : 0)); // prettier-ignore
  const encoded = domain.encodePrompt(prompt);
  const grammar = anticipationGrammar(rules);
  const { stopTokens } = domain;
  const all = { grammar, stopTokens, maxNewTokens: 1e5, ...options };
  const sequence = createSequence(decoder, encoded, all);
  while (!sequence.hasEnded) {
    const { tokens } = sequence.pending;
    expect(tokens.length).toBeLessThanOrEqual(31);
    sequence.choose(logits);
  }
  return domain.decodeOutput(sequence.tokens.slice(1));
}

describe('an output of many windows', () => {
  it.each([0.25, 0.5, 0.99])('keeps the given notes, with a slide share of %d', (slideShare) => {
    const given = piece(...Array.from({ length: 40 }, (_, i) => note(45 + 190 * i, i % 2 ? 33 : 56)));
    const output = sampleInWindows({ given }, { programs: [33, DRUMS] }, { slideShare });
    const kept = given.notes.filter(({ program }) => program === 56);
    const moved = kept.map((each) => ({ ...each, startStep: each.startStep - 45 }));
    expect(output.filter(({ program }) => program === 56)).toEqual(moved);
    expect(output.filter(({ program }) => program !== 56).length).toBeGreaterThan(40);
  }); // prettier-ignore

  it('ends before the requested length, also after more than 100 seconds', () => {
    const primer = piece(...Array.from({ length: 150 }, (_, i) => note(80 * i)));
    const output = sampleInWindows({ piece: primer, seconds: 110 }, { lengthSeconds: 130 }, {});
    const starts = output.map(({ startStep }) => startStep);
    const first = output.findIndex(({ startStep }) => startStep > 80 * 137);
    expect(output.slice(0, first)).toEqual(primer.notes.slice(0, 138));
    expect(starts[starts.length - 1]).toBeGreaterThan(23_000);
    expect(starts[starts.length - 1]).toBeLessThan(24_000);
  });
});

describe('anticipationGrammar', () => {
  const given = piece(...Array.from({ length: 30 }, (_, i) => note(45 + 90 * i, i % 2 ? 33 : 56)));

  it('keeps the given notes of other tracks, and writes the requested tracks', () => {
    for (let seed = 0; seed < 3; seed++) {
      const output = domain.decodeOutput(walk({ given }, { programs: [33, DRUMS] }, seed));
      const kept = given.notes.filter(({ program }) => program === 56);
      const moved = kept.map((each) => ({ ...each, startStep: each.startStep - 45 }));
      expect(output.filter(({ program }) => program === 56)).toEqual(moved);
      const others = output.filter(({ program }) => program !== 56);
      expect(others.length).toBeGreaterThan(10);
      expect(new Set(others.map(({ program }) => program))).toEqual(new Set([33, DRUMS]));
    }
  });

  it('refuses to write all tracks of the given music', () => {
    expect(() => walk({ given }, {})).toThrow(
      new RangeError('tracks: expected some tracks of given to be kept, got all to be written'),
    );
  });

  it('ends before the requested length, after the primer', () => {
    const rules = { lengthSeconds: 3 };
    for (let seed = 0; seed < 3; seed++) {
      const output = domain.decodeOutput(walk({ piece: given, seconds: 2 }, rules, seed));
      const starts = output.map(({ startStep }) => startStep);
      expect(starts.slice(0, 2)).toEqual([0, 90]);
      expect(starts.length).toBeGreaterThan(2);
      expect(starts[2]).toBeGreaterThanOrEqual(155);
      expect(Math.max(...starts)).toBeLessThan(155 + 300);
    }
  });

  it('has at most sixteen instruments', () => {
    for (let seed = 0; seed < 2; seed++) {
      const output = domain.decodeOutput(walk({}, { lengthSeconds: 60 }, seed));
      expect(new Set(output.map(({ program }) => program)).size).toBeLessThanOrEqual(16);
      expect(output.length).toBeGreaterThan(50);
    }
  });
});
