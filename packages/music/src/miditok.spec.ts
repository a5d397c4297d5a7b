import { createHash } from 'node:crypto';

import { readFixture } from '../test/read-fixture.js';
import { decodeRemi } from './remi/decode-remi.js';
import { encodeScore, parseTracks } from './remi/encode-score.js';
import { REMI_DEFAULTS, type RemiSettings, remiVocabulary } from './remi/remi-vocabulary.js';
import { parseScore } from './score/parse-score.js';
import type { Score } from './score/score.js';

interface Variant {
  readonly variant: string;
  readonly settings: Partial<RemiSettings> & { readonly tracks?: string };
  readonly names: readonly string[];
}
interface Digest {
  readonly length: number;
  readonly ids: string;
  readonly notes: number;
  readonly decoded: string;
}
interface FileLine {
  readonly file: string;
  readonly variants: Readonly<Record<string, Digest>>;
}
interface DecodedLine {
  readonly variant: string;
  readonly ids: readonly number[];
  readonly decoded: unknown;
}

/** Output of MidiTok 3.1.0: fixtures/README.md. */
const lines = <Line>(name: string): Line[] =>
  new TextDecoder()
    .decode(readFixture(`remi/${name}.jsonl`))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const variants = lines<Variant>('vocabulary').map(({ variant, settings, names }) => {
  const programs = parseTracks('tracks', settings.tracks ?? 'all');
  return {
    variant,
    names,
    vocabulary: remiVocabulary({ ...REMI_DEFAULTS, ...settings, programs }),
  };
});
const vocabularyOf = (name: string) => variants.find(({ variant }) => variant === name)!.vocabulary; // the fixtures' own

const shown = ({ ticksPerQuarter, parts, tempos, timeSignatures }: Score) => ({
  ticksPerQuarter,
  parts: parts.map(({ program, notes }) => [
    program,
    notes.map((note) => [note.tick, note.durationTicks, note.pitch, note.velocity]),
  ]),
  tempos: tempos.map(({ tick, microsecondsPerQuarter }) => [tick, microsecondsPerQuarter]),
  timeSignatures: timeSignatures.map(({ tick, beats, beatType }) => [tick, beats, beatType]),
});
const hash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex');

describe.each(variants)('MidiTok with the settings $variant', ({ variant, names, vocabulary }) => {
  it('names the same tokens in the same order', () => {
    expect(vocabulary.names).toEqual(names);
  });

  it('writes the same ids for files, and decodes them to the same notes', () => {
    for (const { file, variants: expected } of lines<FileLine>('digests')) {
      const ids = Array.from(encodeScore(parseScore(file, readFixture(file)), vocabulary));
      const music = decodeRemi(ids, vocabulary);
      expect({
        file,
        length: ids.length,
        ids: hash(ids),
        notes: music.parts.reduce((sum, { notes }) => sum + notes.length, 0),
        decoded: hash(shown(music)),
      }).toEqual({ file, ...expected[variant] });
    }
  });
});

it.each(lines<DecodedLine>('decode'))(
  'decodes ids in any order as MidiTok does: $variant, $ids.length ids',
  ({ variant, ids, decoded }) => {
    expect(shown(decodeRemi(ids, vocabularyOf(variant)))).toEqual(decoded);
  },
);
