import { drumName } from '../score/instruments.js';
import { DRUM_CHANNEL, DRUMS } from '../score/score.js';
import { xmlElement, xmlText } from './music-xml-file.js';
import {
  type Clef,
  QUARTER,
  type Sheet,
  type SheetBar,
  sheetBars,
  type SheetPart,
} from './sheet.js';
import { splitIntoSymbols } from './voices.js';
import { backup, drumId, type VoiceBar, writeStaffBar } from './write-staff-bar.js';

const HEAD = [
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">',
];
const IDENTIFICATION = xmlElement('identification', {}, [
  xmlElement('encoding', {}, [
    xmlText('software', 'ramble'),
    xmlElement('supports', { element: 'accidental', type: 'yes' }),
    xmlElement('supports', { element: 'beam', type: 'yes' }),
  ]),
]);
/** Start of a bracket that joins several parts. */
const GROUP_START = xmlElement('part-group', { number: 1, type: 'start' }, [
  xmlText('group-symbol', 'bracket'),
]);
const GROUP_STOP = xmlElement('part-group', { number: 1, type: 'stop' });

/**
 * Writes sheet music as MusicXML 4.0: bars that are filled exactly, with ties, beams and accidentals,
 * spelt by the key. Music without notes is a bar of rest.
 *
 * @see https://www.w3.org/2021/06/musicxml40/
 */
export function writeMusicXml(sheet: Sheet): string {
  const ends = sheet.parts.flatMap(({ staves }) =>
    staves.flatMap(({ voices }) => voices.map((voice) => voice.at(-1)?.endDivision ?? 0)),
  );
  const bars = sheetBars(sheet, Math.max(...ends));
  const parts = sheet.parts.map((part, i) => ({ ...part, id: `P${i + 1}` }));
  const names = parts.map((part) =>
    xmlElement('score-part', { id: part.id }, [
      xmlText('part-name', part.name),
      ...writeInstruments(part),
    ]),
  );
  const score = xmlElement('score-partwise', { version: '4.0' }, [
    xmlElement('work', {}, [xmlText('work-title', sheet.title)]),
    IDENTIFICATION,
    xmlElement('part-list', {}, parts.length > 1 ? [GROUP_START, ...names, GROUP_STOP] : names),
    ...parts.map((part, i) => xmlElement('part', { id: part.id }, writePart(part, bars, i === 0))),
  ]);
  return [...HEAD, score, ''].join('\n');
}

/** A part with its id in the document. */
interface ListedPart extends SheetPart {
  readonly id: string;
}

/** Writes the instruments of a part and their numbers in MIDI. A drum kit has an instrument for each drum. */
function writeInstruments({ id, name, program, staves }: ListedPart): readonly string[] {
  if (program === undefined) return [];
  if (program !== DRUMS) {
    const instrument = `${id}-I1`;
    return [
      xmlElement('score-instrument', { id: instrument }, [xmlText('instrument-name', name)]),
      xmlElement('midi-instrument', { id: instrument }, [xmlText('midi-program', program + 1)]),
    ];
  }
  const keys = new Set(staves.flatMap(({ voices }) => voices.flat().map(({ pitch }) => pitch)));
  const sorted = [...keys].sort((a, b) => a - b);
  return [
    ...sorted.map((key) =>
      xmlElement('score-instrument', { id: drumId(id, key) }, [
        xmlText('instrument-name', drumName(key)),
      ]),
    ),
    ...sorted.map((key) =>
      xmlElement('midi-instrument', { id: drumId(id, key) }, [
        xmlText('midi-channel', DRUM_CHANNEL + 1),
        xmlText('midi-unpitched', key + 1),
      ]),
    ),
  ];
}

const CLEFS: Readonly<Record<Clef, readonly string[]>> = {
  treble: [xmlText('sign', 'G'), xmlText('line', 2)],
  treble8: [xmlText('sign', 'G'), xmlText('line', 2), xmlText('clef-octave-change', -1)],
  bass: [xmlText('sign', 'F'), xmlText('line', 4)],
  bass8: [xmlText('sign', 'F'), xmlText('line', 4), xmlText('clef-octave-change', -1)],
  percussion: [xmlText('sign', 'percussion')],
};
/** Voice numbers reserved for each staff, as in MuseScore. */
const VOICES_PER_STAFF = 4;
const FINAL = xmlElement('barline', { location: 'right' }, [xmlText('bar-style', 'light-heavy')]);

/**
 * Writes the bars of a part: the first has the signatures and the clefs, others the signatures that change, and the
 * last a double line.
 *
 * @param hasTempo - Whether the tempos are written above the bars of this part; one part has them for all parts.
 */
function writePart(
  { id, program, staves }: ListedPart,
  bars: readonly SheetBar[],
  hasTempo: boolean,
): readonly string[] {
  const hasKey = program !== DRUMS;
  const written = staves.map(({ voices }) => voices.map((voice) => splitIntoSymbols(voice, bars)));
  return bars.map((bar, b) => {
    const notes = written.flatMap((voices, staff) => {
      const voiceBars = voices.map((symbols, i): VoiceBar => {
        return { voice: VOICES_PER_STAFF * staff + i + 1, symbols: symbols[b] };
      });
      // The first voice fills every bar; other voices are written only in bars with their notes.
      const standing = voiceBars.filter((of, i) => i === 0 || hasNotes(of));
      const number = staves.length > 1 ? staff + 1 : undefined;
      const elements = writeStaffBar(standing, bar, number, hasKey ? undefined : id);
      return staff === 0 ? elements : [backup(bar), ...elements];
    });
    return xmlElement('measure', { number: b + 1, implicit: bar.isShort ? 'yes' : undefined }, [
      b === 0 ? writeAttributes(staves, bar, hasKey) : writeChanges(bar, bars[b - 1], hasKey),
      ...(hasTempo ? bar.tempos.map(writeTempo) : []),
      ...notes,
      ...(b === bars.length - 1 ? [FINAL] : []),
    ]);
  });
}

function hasNotes({ symbols }: VoiceBar): boolean {
  return symbols.some(({ pitches }) => pitches.length > 0);
}

function writeAttributes(
  staves: SheetPart['staves'],
  { key, time }: SheetBar,
  hasKey: boolean,
): string {
  return xmlElement('attributes', {}, [
    xmlText('divisions', QUARTER),
    hasKey ? writeKey(key) : undefined,
    writeTime(time),
    staves.length > 1 ? xmlText('staves', staves.length) : undefined,
    ...staves.map(({ clef }, i) =>
      xmlElement('clef', { number: staves.length > 1 ? i + 1 : undefined }, CLEFS[clef]),
    ),
  ]);
}

/** Writes the key and time signatures that differ from the previous bar; `undefined` if none does. */
function writeChanges(
  { key, time }: SheetBar,
  before: SheetBar,
  hasKey: boolean,
): string | undefined {
  const isOther = key.fifths !== before.key.fifths || key.mode !== before.key.mode;
  const isNewKey = hasKey && isOther;
  const isNewTime = time.beats !== before.time.beats || time.beatType !== before.time.beatType;
  if (!isNewKey && !isNewTime) return undefined;
  return xmlElement('attributes', {}, [
    isNewKey ? writeKey(key) : undefined,
    isNewTime ? writeTime(time) : undefined,
  ]);
}

function writeKey({ fifths, mode }: SheetBar['key']): string {
  return xmlElement('key', {}, [xmlText('fifths', fifths), xmlText('mode', mode)]);
}

function writeTime({ beats, beatType }: SheetBar['time']): string {
  const isCommon = beats === 4 && beatType === 4;
  return xmlElement('time', { symbol: isCommon ? 'common' : undefined }, [
    xmlText('beats', beats),
    xmlText('beat-type', beatType),
  ]);
}

/** Writes a metronome mark, hidden from readers if the tempo lasts less than a bar. */
function writeTempo({ division, bpm, isShown }: SheetBar['tempos'][number]): string {
  return xmlElement('direction', { placement: 'above' }, [
    xmlElement('direction-type', {}, [
      xmlElement('metronome', { 'print-object': isShown ? undefined : 'no' }, [
        xmlText('beat-unit', 'quarter'),
        xmlText('per-minute', Math.round(bpm)),
      ]),
    ]),
    division === 0 ? undefined : xmlText('offset', division, { sound: 'yes' }),
    xmlElement('sound', { tempo: bpm }),
  ]);
}
