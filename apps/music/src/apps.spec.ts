import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { measureFeature } from '@ramble/command-line/features';
import {
  type AnyApp,
  checkSettings,
  type DataFile,
  MODEL_SETTINGS,
  modelConfig,
  TRAINING_SETTINGS,
  trainingConfig,
} from '@ramble/core';
import { outputRulesFeature } from '@ramble/core/app';
import {
  BAND_OPTIONS,
  bandDomain,
  type BandPrompt,
  type Chorale,
  choraleDomain,
  eventId,
  MUSIC_OPTIONS,
  musicDomain,
  type NoteLengths,
  parseMidi,
  parseScore,
  type Score,
  type ScoreNote,
  writeMidi,
  writeScore,
} from '@ramble/music';

import defaultExport, { choralesApp, musicApp } from './index.js';
import { bandApp } from './apps.js';
import { anticipationApp, ariaApp } from './published-apps.js';
import { abcToMidi } from './read-pieces.js';

const NOTES = [
  { startStep: 0, endStep: 50, pitch: 60, velocity: 81 },
  { startStep: 20, endStep: 150, pitch: 64, velocity: 61 },
];
const MIDI = writeMidi(NOTES);
const domain = musicDomain(checkSettings(MUSIC_OPTIONS, {}));
const file = (name: string, bytes: Uint8Array): DataFile => ({
  name,
  chunks: async function* () {
    yield await Promise.resolve(bytes.subarray(0, 10));
    yield await Promise.resolve(bytes.subarray(10));
  },
});
const FILES = [file('a.mid', MIDI), file('bad.mid', new TextEncoder().encode('no music at all'))];
const BAD = 'bad.mid: expected a MIDI file, which begins with MThd, got other bytes';

let folder: string;
let cacheBefore: string | undefined;

async function names(onSkip?: (reason: string) => void): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of musicApp.data.readExamples(FILES, { onSkip })) found.push(name);
  return found;
}

describe('musicApp', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-music-'));
    cacheBefore = process.env.RAMBLE_CACHE;
    process.env.RAMBLE_CACHE = folder;
  });
  afterAll(async () => {
    if (cacheBefore === undefined) delete process.env.RAMBLE_CACHE;
    else process.env.RAMBLE_CACHE = cacheBefore;
    await rm(folder, { recursive: true });
  });

  it('is the app that the command finds in the package', () => {
    expect(defaultExport).toBe(musicApp);
  });

  it('reaches the requested length, however dense the playing is', () => {
    const lengthSeconds = 12;
    const rules = outputRulesFeature.of(musicApp)!;
    const ruleSettings = checkSettings<unknown>(rules.settings, { lengthSeconds });
    const { maxNewTokens = 0 } = rules.sampling(ruleSettings);
    const grammar = rules.grammar(ruleSettings, { maxNewTokens, domain });
    const shortest = eventId({ kind: 'shift', steps: 1 });
    const written: number[] = [];
    let state = grammar.start({ tokens: [] });
    while (!grammar.mustEnd(state)) {
      const allowed = [...grammar.allowed(state)];
      // Ten events at each step of 10 ms, at most.
      const mustShift = written.length % 10 === 0 && allowed.includes(shortest);
      const event = mustShift ? shortest : allowed[(7 * written.length) % allowed.length];
      if (event === domain.stopTokens[0]) break;
      const isShift = event >= shortest && event < shortest + 100 && !mustShift;
      const next = isShift && allowed.includes(shortest) ? shortest : event;
      written.push(next);
      state = grammar.advance(state, next);
    }
    expect(written.length).toBeGreaterThan(100 * lengthSeconds);
    const notes = domain.decodeOutput(written);
    expect(Math.max(...notes.map(({ endStep }) => endStep))).toBe(100 * lengthSeconds);
  });

  it('keeps the drums of a region that it fills in', () => {
    const beats = [0, 1, 2, 3].map((beat) => note(480 * beat, 60));
    const parts = [0, -1].map((program) => ({ program, notes: beats }));
    const piece = writeScore({ ...SCORE, ticksPerQuarter: 480, parts });
    const given = checkSettings<unknown>(musicApp.prompting!.settings, {
      ...{ given: 'song.mid', fill: 'seconds 0-9' },
    });
    const prompt = musicApp.prompting!.apply(musicApp.readPrompt(piece), given);
    const shown = musicApp.showOutput(NOTES, '.mid', prompt);
    const filled = parseScore('filled', shown.kind === 'file' ? shown.bytes : new Uint8Array());
    const pitches = filled.parts.map((part) => [part.program, ...part.notes.map((n) => n.pitch)]);
    expect(pitches).toEqual([
      [-1, 60, 60, 60, 60],
      [0, 60, 64],
    ]);
  });

  it('takes only seconds of a primer or a melody', () => {
    const prompting = musicApp.prompting!;
    const ask = (given: object): unknown =>
      prompting.apply(
        musicApp.readPrompt(new Uint8Array()),
        checkSettings<unknown>(prompting.settings, { ...given }),
      );
    expect(() => ask({ primerSeconds: 3 })).toThrow(
      new RangeError('primerSeconds: expected a primer or a melody with it, got none'),
    );
    expect(ask({})).toEqual({});
  });

  it('skips a file that is no MIDI with its reason, or fails', async () => {
    const reasons: string[] = [];
    expect(await names((reason) => reasons.push(reason))).toEqual(['a.mid']);
    expect(reasons).toEqual([BAD]);
    await expect(names()).rejects.toThrow(new RangeError(BAD));
  });

  it('reads a prompt and an output from a file, and an empty file as an empty prompt', () => {
    expect(musicApp.readPrompt(new Uint8Array())).toEqual({});
    expect(musicApp.readPrompt(MIDI).piece?.notes).toHaveLength(2);
    expect(musicApp.readOutput?.(MIDI)).toEqual(NOTES);
    expect(() => musicApp.readPrompt(Uint8Array.of(1))).toThrow(/^prompt: expected a MIDI file/);
  });

  it('reports the repairs of a prompt or an output', () => {
    const repairs: string[] = [];
    const onRepair = (repair: string): void => void repairs.push(repair);
    const unknown = MIDI.slice();
    unknown[9] = 7; // the format
    musicApp.readPrompt(unknown, { onRepair });
    musicApp.readOutput?.(unknown, { onRepair });
    musicApp.readPrompt(MIDI, { onRepair });
    expect(repairs).toEqual([
      'prompt: expected format 0, 1 or 2, got 7',
      'output: expected format 0, 1 or 2, got 7',
    ]);
  });

  it('continues the first --primer-seconds seconds of a primer', () => {
    const prompt = musicApp.readPrompt(MIDI);
    const begin = musicApp.prompting!.apply(prompt, { primerSeconds: 0.1 });
    expect(domain.encodePrompt(begin).tokens).toHaveLength(3);
    expect(domain.encodePrompt(musicApp.prompting!.apply(prompt, {})).tokens).toHaveLength(10);
  });

  it('plays to a melody in a file, or to its first seconds', () => {
    const prompt = musicApp.readPrompt(MIDI);
    const applied = musicApp.prompting!.apply(prompt, { melody: 'a.mid', primerSeconds: 0.1 });
    const plays = musicDomain(checkSettings(MUSIC_OPTIONS, { accompaniment: true }));
    expect(Array.from(plays.encodePrompt(applied).tokens)).toEqual([388, 389 + 60, 519]);
    expect(musicApp.prompting!.files).toEqual(['primer', 'melody', 'given']);
  });

  it('writes sheet music with the bars and tempos of the file that it continues', () => {
    const notes = [0, 480, 960, 1440].map((tick) => {
      return { tick, durationTicks: 480, pitch: 72, velocity: 80 };
    });
    const bytes = writeScore({
      name: 'a.mid',
      ticksPerQuarter: 480,
      parts: [{ program: 0, notes }],
      tempos: [{ tick: 0, microsecondsPerQuarter: 1e6 }],
      timeSignatures: [{ tick: 0, beats: 3, beatType: 4 }],
      repairs: [],
    });
    const prompt = musicApp.prompting!.apply(musicApp.readPrompt(bytes), {});
    const { tokens } = domain.encodePrompt(prompt);
    const output = domain.decodeOutput(Array.from(tokens));
    const sheet = musicApp.showOutput(output, '.musicxml', prompt);
    const text = sheet.kind === 'text' ? sheet.text : '';
    expect(text.match(/<(beats|beat-type|per-minute)>\d+/g)).toEqual([
      '<beats>3',
      '<beat-type>4',
      '<per-minute>60',
    ]);
    expect(text.match(/<measure /g)).toHaveLength(2);
  });

  it('writes MIDI, or a piano roll for the extension .svg', () => {
    expect(musicApp.showOutput(NOTES)).toEqual({ kind: 'file', extension: '.mid', bytes: MIDI });
    const sheet = musicApp.showOutput(NOTES, '.musicxml');
    expect(sheet.kind === 'text' && sheet.text).toContain('<part-name>Piano</part-name>');
    const roll = musicApp.showOutput(NOTES, '.svg');
    expect(roll.kind === 'text' && roll.text.startsWith('<svg')).toBe(true);
  });

  it('counts notes and seconds', () => {
    expect(measureFeature.of(musicApp)?.(parseMidi('a.mid', MIDI), domain)).toEqual({
      note: 2,
      second: 1.5,
    });
  });

  it('keeps to the requested range, key and length', () => {
    const rules = outputRulesFeature.of(musicApp)!;
    const ruleSettings = checkSettings<unknown>(rules.settings, {
      key: 'f-major',
      lengthSeconds: 20,
    });
    const { maxNewTokens = 0 } = rules.sampling(ruleSettings);
    expect(maxNewTokens).toBe(20_000);
    expect(rules.sampling(checkSettings<unknown>(rules.settings, {}))).toEqual({
      maxNewTokens: 1024,
    });
    const grammar = rules.grammar(ruleSettings, { maxNewTokens, domain });
    let state = grammar.start({ tokens: [388] });
    state = grammar.advance(state, 387);
    const allowed = [...grammar.allowed(state)];
    expect(allowed).toContain(70); // B flat
    expect(allowed).not.toContain(71);
  });

  it('keeps to the piano, and ends notes where nearly all of the data end', () => {
    const rules = outputRulesFeature.of(musicApp)!;
    const allowedOf = (options: Record<string, unknown>, lengths?: NoteLengths): number[] => {
      const ruleSettings = checkSettings<unknown>(rules.settings, options);
      const played = musicDomain(checkSettings(MUSIC_OPTIONS, {}), lengths);
      const grammar = rules.grammar(ruleSettings, { maxNewTokens: 99, domain: played });
      let state = grammar.start({ tokens: [388] });
      for (const id of [387, 60]) state = grammar.advance(state, id);
      return [...grammar.allowed(state)];
    };
    const pitches = allowedOf({}).filter((id) => id < 128);
    expect([pitches[0], pitches.at(-1)]).toEqual([21, 108]);
    const lastShift = (ids: readonly number[]): number =>
      Math.max(...ids.filter((id) => id >= 256 && id < 356)) - 255;
    expect(lastShift(allowedOf({}))).toBe(100); // an old run, which kept no lengths
    expect(lastShift(allowedOf({}, { longNoteSeconds: 0.25 }))).toBe(25);
    expect(lastShift(allowedOf({}, { longestNoteSeconds: 0.75 }))).toBe(75);
    expect(lastShift(allowedOf({ maxNoteSeconds: 0.5 }, { longNoteSeconds: 0.25 }))).toBe(50);
  });

  it('has presets that can be trained', () => {
    for (const preset of Object.values(musicApp.presets!)) {
      const given = Object.entries(preset);
      const of = (table: object): object =>
        Object.fromEntries(given.filter(([name]) => Object.hasOwn(table, name)));
      expect(modelConfig({ ...of(MODEL_SETTINGS), vocabSize: 389 }).vocabSize).toBe(389);
      expect(trainingConfig(of(TRAINING_SETTINGS)).maxSteps).toBe(preset.maxSteps);
    }
  });
});

const note = (tick: number, pitch: number): ScoreNote => {
  return { tick, durationTicks: 8, pitch, velocity: 63 };
};
/** A bass and drums, two bars of three quarters. */
const SCORE: Score = {
  name: 'a.mid',
  ticksPerQuarter: 16,
  parts: [
    { program: 33, notes: [note(0, 40), note(48, 43)] },
    { program: -1, notes: [note(16, 36)] },
  ],
  tempos: [{ tick: 0, microsecondsPerQuarter: 494682 }],
  timeSignatures: [{ tick: 0, beats: 3, beatType: 4 }],
  repairs: [],
};
const BAND = writeScore(SCORE);
const prompting = bandApp.prompting!;
const rules = outputRulesFeature.of(bandApp)!;
async function bandNames(onSkip?: (reason: string) => void): Promise<string[]> {
  const found: string[] = [];
  const files = [file('bad.mid', Uint8Array.of(1, 2)), file('a.mid', BAND)];
  for await (const { name } of bandApp.data.readExamples(files, { onSkip })) found.push(name);
  return found;
}

describe('bandApp', () => {
  const domain = bandDomain(checkSettings(BAND_OPTIONS, {}));

  it('skips a file that is no MIDI with its reason, or fails', async () => {
    const reasons: string[] = [];
    expect(await bandNames((reason) => reasons.push(reason))).toEqual(['a.mid']);
    expect(reasons).toEqual([BAD]);
    await expect(bandNames()).rejects.toThrow(new RangeError(BAD));
  });

  it('reports the repairs of a prompt', () => {
    const repairs: string[] = [];
    const unknown = BAND.slice();
    unknown[9] = 7; // the format
    bandApp.readPrompt(unknown, { onRepair: (repair) => repairs.push(repair) });
    expect(repairs).toEqual(['prompt: expected format 0, 1 or 2, got 7']);
  });

  it('continues the first --primer-bars bars of a primer', () => {
    const prompt = bandApp.readPrompt(BAND);
    const words = (given: object): string[] => {
      const applied = prompting.apply(
        prompt,
        checkSettings<unknown>(prompting.settings, { ...given }),
      );
      return Array.from(domain.encodePrompt(applied).tokens, (id) =>
        domain.vocabulary.describe(id),
      );
    };
    expect(words({}).filter((word) => word === 'bar')).toHaveLength(2);
    expect(words({ primer: 'a.mid', primerBars: 1 }).join(', ')).toBe(
      'beginning of piece, bar, 3/4, beat 1, 121.29 quarters a minute, ' +
        'electric bass (finger), E2, velocity 63, 4/8 beat, beat 2, drums, drum 36, velocity 63, 4/8 beat',
    );
  });

  it('refuses bars that the primer does not have, and an empty primer', () => {
    const ask = (given: object): BandPrompt =>
      prompting.apply(
        bandApp.readPrompt(new Uint8Array()),
        checkSettings<unknown>(prompting.settings, { ...given }),
      );
    expect(() => ask({ primerBars: 3 })).toThrow(
      new RangeError('primerBars: expected a primer with it, got none'),
    );
    expect(() => ask({ primer: 'empty.mid' })).toThrow(
      new RangeError('prompt: expected a MIDI file, got an empty one'),
    );
    expect(() => ask({ given: 'empty.mid' })).toThrow(
      new RangeError('prompt: expected a MIDI file, got an empty one'),
    );
    expect(ask({})).toEqual({});
  });

  it('allows tracks of --tracks before the tracks of a file', () => {
    const given = checkSettings<unknown>(prompting.settings, { given: 'a.mid' });
    const prompt = domain.encodePrompt(prompting.apply(bandApp.readPrompt(BAND), given));
    expect(prompt.tokens).toHaveLength(1);
    const ruleSettings = checkSettings<unknown>(rules.settings, { tracks: 'piano,drums' });
    const grammar = rules.grammar(ruleSettings, { maxNewTokens: 99, domain });
    let state = grammar.start(prompt);
    const forced: string[] = [];
    for (let allowed = [...grammar.allowed(state)]; allowed.length === 1;) {
      forced.push(domain.vocabulary.describe(allowed[0]));
      state = grammar.advance(state, allowed[0]);
      allowed = [...grammar.allowed(state)];
    }
    expect(forced).toEqual(['bar', '3/4', 'beat 1', '121.29 quarters a minute']);
    // The bass of the file, or a piano or drums before it.
    const next = Array.from(grammar.allowed(state), (id) => domain.vocabulary.describe(id));
    expect(next).toHaveLength(10);
    expect(next).toContain('electric bass (finger)');
  });

  it('writes MIDI that reads as the same music, or a piano roll', () => {
    const file = bandApp.showOutput(SCORE);
    expect(file.kind === 'file' && parseScore('a.mid', file.bytes)).toEqual(SCORE);
    const roll = bandApp.showOutput(SCORE, '.svg');
    expect(roll.kind === 'text' && roll.text).toContain('electric bass (finger), 2 notes');
    expect(bandApp.readOutput?.(BAND).parts).toEqual(SCORE.parts);
  });

  it('counts notes and bars', () => {
    expect(measureFeature.of(bandApp)?.(SCORE, domain)).toEqual({ note: 3, bar: 2 });
  });

  it('writes the requested tracks and number of bars', () => {
    const ruleSettings = checkSettings<unknown>(rules.settings, { tracks: 'bass', bars: 16 });
    const sampling = rules.sampling(ruleSettings);
    expect(sampling).toEqual({ maxNewTokens: 8192 });
    expect(rules.sampling(checkSettings<unknown>(rules.settings, {}))).toEqual({
      maxNewTokens: 2048,
    });
    const grammar = rules.grammar(ruleSettings, { maxNewTokens: 99, domain });
    let state = grammar.start({ tokens: [1] });
    for (const name of ['Bar_None', 'TimeSig_4/4', 'Position_0', 'Tempo_121.29']) {
      state = grammar.advance(state, domain.tokens.names.indexOf(name));
    }
    const allowed = Array.from(grammar.allowed(state), (id) => domain.tokens.names[id]);
    expect(allowed.filter((name) => name.startsWith('Program'))).toEqual(
      [32, 33, 34, 35, 36, 37, 38, 39].map((program) => `Program_${program}`),
    );
    expect(() =>
      rules.grammar(checkSettings<unknown>(rules.settings, { tracks: 'bas' }), {
        maxNewTokens: 9,
        domain,
      }),
    ).toThrow(/^tracks: expected all, or a list of drums, piano, .* got "bas"$/);
  });
});

const CHORALES = [
  [[74, 70, 65, 58]],
  [
    [72, 67, 64, 48],
    [72, 67, 64, -1],
  ],
];
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('choralesApp', () => {
  const JSB = file('jsb.json', bytes(CHORALES));
  it('reads the chorales of a file', async () => {
    const read: unknown[] = [];
    for await (const chorale of choralesApp.data.readExamples([JSB])) read.push(chorale);
    expect(read).toEqual(CHORALES);
  });

  it('reads a prompt and an output from JSON or MIDI, and an empty file as an empty prompt', () => {
    expect(choralesApp.readPrompt(bytes(CHORALES[1]))).toEqual({ chorale: CHORALES[1] });
    expect(choralesApp.readOutput?.(bytes(CHORALES[0]))).toEqual(CHORALES[0]);
    expect(choralesApp.readPrompt(new Uint8Array())).toEqual({});
    const shown = choralesApp.showOutput(CHORALES[1] as unknown as Chorale);
    const midi = (shown as { readonly bytes: Uint8Array }).bytes;
    expect(choralesApp.readPrompt(midi)).toEqual({ chorale: CHORALES[1] });
    expect(choralesApp.readOutput?.(midi)).toEqual(CHORALES[1]);
    expect(() => choralesApp.readPrompt(bytes(7))).toThrow(
      'prompt: chorale 1: expected a list of steps, got 7',
    );
    expect(() => choralesApp.readPrompt(writeMidi([]))).toThrow(
      'prompt: no part other than drums has notes',
    );
  });

  it('trains with rotary positions and a context of eight bars by default', () => {
    const given = Object.entries(choralesApp.presets!.defaults);
    const model = Object.fromEntries(given.filter(([name]) => Object.hasOwn(MODEL_SETTINGS, name)));
    expect(modelConfig({ ...model, vocabSize: choraleDomain.vocabulary.size })).toMatchObject({
      positions: 'rotary',
      contextLength: 8 * 16 * 4,
    });
  });

  it('harmonizes the soprano of --given', () => {
    const prompting = choralesApp.prompting!;
    const prompt = choralesApp.readPrompt(bytes(CHORALES[1]));
    expect(prompting.apply(prompt, {})).toEqual({ chorale: CHORALES[1] });
    expect(prompting.apply(prompt, { given: 'a.json' })).toEqual({ given: CHORALES[1] });
    expect(() => prompting.apply({}, { given: 'a.json' })).toThrow(
      new RangeError('prompt: expected a MIDI or JSON file, got an empty one'),
    );
  });

  it('keeps voices to their ranges, and with --no-crossing below one another', () => {
    const rules = outputRulesFeature.of(choralesApp)!;
    const tops = (given: object): number[] => {
      const settings = checkSettings<unknown>(rules.settings, { ...given });
      const grammar = rules.grammar(settings, { maxNewTokens: 8, domain: choraleDomain });
      const afterSoprano = grammar.advance(
        grammar.start({ tokens: [choraleDomain.stopTokens[0]] }),
        62,
      );
      return [...grammar.allowed(afterSoprano)].filter((id) => id < 128).slice(-1);
    };
    expect([tops({}), tops({ crossing: false }), tops({ voiceRanges: false })]).toEqual([
      [74],
      [62],
      [127],
    ]);
  });

  it('shows a chorale as MIDI, as a piano roll or as sheet music', () => {
    const chorale = CHORALES[1] as unknown as Chorale;
    expect(choralesApp.showOutput(chorale)).toMatchObject({ kind: 'file', extension: '.mid' });
    expect(choralesApp.showOutput(chorale, '.svg')).toMatchObject({ kind: 'text' });
    expect(choralesApp.showOutput(chorale, '.musicxml')).toMatchObject({
      kind: 'text',
      text: expect.stringContaining('<part-name>Soprano</part-name>') as unknown,
    });
  });
});

describe('all apps', () => {
  const SCALE = "X:1\nM:4/4\nL:1/4\nK:C\ncdef|gabc'|\n";
  const apps = { musicApp, bandApp, choralesApp, anticipationApp, ariaApp } as const;

  it.each(Object.entries(apps))('%s reads ABC as a prompt and as an output', (_, app) => {
    const any: AnyApp = app;
    const content = new TextEncoder().encode(SCALE);
    const midi = abcToMidi('prompt', content);
    expect(new TextDecoder().decode(midi.subarray(0, 4))).toBe('MThd');
    expect(any.readPrompt(content)).toEqual(any.readPrompt(midi));
    expect(any.readOutput?.(content)).toEqual(any.readOutput?.(midi));
  });

  it('refuse ABC without notes', () => {
    for (const text of ['X:1\nT:Silence\nK:C\n', 'X:1\nL:1/4\nK:C\nz4|\n']) {
      expect(() => musicApp.readPrompt(new TextEncoder().encode(text))).toThrow(
        new RangeError('prompt: the first tune of the ABC file has no notes'),
      );
    }
  });
});
