import { measureFeature } from '@ramble/command-line/features';
import { checkSettings, type DataFile } from '@ramble/core';
import { outputRulesFeature } from '@ramble/core/app';
import {
  BAND_OPTIONS,
  bandDomain,
  type BandPrompt,
  parseScore,
  type Score,
  type ScoreNote,
  writeScore,
} from '@ramble/music';

import { bandApp } from './apps.js';

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
const MIDI = writeScore(SCORE);
const domain = bandDomain(checkSettings(BAND_OPTIONS, {}));
const prompting = bandApp.prompting!;
const rules = outputRulesFeature.of(bandApp)!;

function fileOf(name: string, bytes: Uint8Array): DataFile {
  return {
    name,
    sizeBytes: bytes.length,
    async *chunks() {
      yield await Promise.resolve(bytes);
    },
  };
}
async function names(onSkip?: (reason: string) => void): Promise<string[]> {
  const found: string[] = [];
  const files = [fileOf('bad.mid', Uint8Array.of(1, 2)), fileOf('a.mid', MIDI)];
  for await (const { name } of bandApp.data.readExamples(files, { onSkip })) found.push(name);
  return found;
}
const BAD = 'bad.mid: expected a MIDI file, which begins with MThd, got other bytes';

describe('bandApp', () => {
  it('skips a file that is no MIDI with its reason, or fails', async () => {
    const reasons: string[] = [];
    expect(await names((reason) => reasons.push(reason))).toEqual(['a.mid']);
    expect(reasons).toEqual([BAD]);
    await expect(names()).rejects.toThrow(new RangeError(BAD));
  });

  it('reports the repairs of a prompt', () => {
    const repairs: string[] = [];
    const unknown = MIDI.slice();
    unknown[9] = 7; // the format
    bandApp.readPrompt(unknown, { onRepair: (repair) => repairs.push(repair) });
    expect(repairs).toEqual(['prompt: expected format 0, 1 or 2, got 7']);
  });

  it('continues the first --primer-bars bars of a primer', () => {
    const prompt = bandApp.readPrompt(MIDI);
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
    const prompt = domain.encodePrompt(prompting.apply(bandApp.readPrompt(MIDI), given));
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
    expect(bandApp.readOutput?.(MIDI).parts).toEqual(SCORE.parts);
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
