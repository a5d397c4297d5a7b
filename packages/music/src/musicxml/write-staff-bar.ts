import { xmlElement, xmlText } from './music-xml-file.js';
import { EIGHTH, QUARTER, type SheetBar, SIXTEENTH, WHOLE } from './sheet.js';
import { drumPlace, type WrittenPitch, writtenPitches } from './spell-pitch.js';
import type { NoteSymbol } from './voices.js';

/** Note type in MusicXML of each length in divisions, and whether the note has a dot. */
const TYPES: Readonly<Record<number, readonly [type: string, hasDot: boolean]>> = {
  3: ['16th', false],
  6: ['eighth', false],
  9: ['eighth', true],
  12: ['quarter', false],
  18: ['quarter', true],
  24: ['half', false],
  36: ['half', true],
  48: ['whole', false],
  72: ['whole', true],
};

/**
 * Returns the length in divisions of the note value that a symbol has on paper: an eighth in a triplet is written as
 * an eighth, although three of them fill a quarter.
 */
function writtenLength({ divisions, isTriplet }: NoteSymbol): number {
  return isTriplet ? (3 * divisions) / 2 : divisions;
}

/** The symbols of a voice in one bar. */
export interface VoiceBar {
  /** Number of the voice, which is unique within the part. */
  readonly voice: number;
  readonly symbols: readonly NoteSymbol[];
}

/** Writes a move from the end of a bar back to its start, for the next voice. */
export function backup({ divisions }: SheetBar): string {
  return xmlElement('backup', {}, [xmlText('duration', divisions)]);
}

/**
 * Writes the notes and rests of a staff in a bar, voice by voice.
 *
 * @param staff - Number of the staff; `undefined` if the part has only one.
 * @param kit - Id of the part, if it is a drum kit: its pitches are drums.
 */
export function writeStaffBar(
  voices: readonly VoiceBar[],
  bar: SheetBar,
  staff: number | undefined,
  kit?: string,
): readonly string[] {
  const written = writtenPitches(
    voices.map(({ symbols }) => symbols),
    bar.key,
  );
  const writeHeads = (symbol: NoteSymbol): readonly NoteHead[] =>
    kit === undefined
      ? (written.get(symbol) ?? []).map(pitchedHead)
      : symbol.pitches.map((key) => drumHead(key, kit));
  return voices.flatMap(({ voice, symbols }, i) => {
    const beams = beamsOf(symbols, bar.beats);
    const tuplets = tupletsOf(symbols);
    const notes = symbols.flatMap((symbol, at) => {
      const place = [voice, staff] as const;
      if (symbol.pitches.length === 0) return [writeRest(symbol, bar, tuplets[at], ...place)];
      return writeHeads(symbol).map((head, inChord) =>
        xmlElement('note', {}, [
          inChord > 0 ? xmlElement('chord', {}) : undefined,
          head.pitch,
          ...writeLength(symbol, head, ...place),
          ...(inChord > 0 ? [] : beams[at]).map((beam, level) =>
            xmlText('beam', beam, { number: level + 1 }),
          ),
          writeNotations([...writeTies('tied', symbol), ...(inChord > 0 ? [] : tuplets[at])]),
        ]),
      );
    });
    return i === 0 ? notes : [backup(bar), ...notes];
  });
}

function writeRest(
  symbol: NoteSymbol,
  bar: SheetBar,
  tuplets: readonly string[],
  voice: number,
  staff: number | undefined,
): string {
  const isWholeBar = symbol.divisions === bar.divisions;
  return xmlElement('note', {}, [
    xmlElement('rest', { measure: isWholeBar ? 'yes' : undefined }),
    ...writeLength(symbol, {}, voice, staff, !isWholeBar || symbol.divisions === WHOLE),
    writeNotations(tuplets),
  ]);
}

function writeNotations(notations: readonly string[]): string | undefined {
  return notations.length > 0 ? xmlElement('notations', {}, notations) : undefined;
}

/**
 * Returns for each symbol the XML elements that start or stop a triplet bracket. A triplet ends where an eighth or a
 * quarter is full.
 */
function tupletsOf(symbols: readonly NoteSymbol[]): readonly (readonly string[])[] {
  let isOpen = false;
  return symbols.map(({ startDivision, divisions, isTriplet }) => {
    if (!isTriplet) return [];
    const opens = !isOpen;
    isOpen = (startDivision + divisions) % EIGHTH !== 0;
    return [
      ...(opens ? [xmlElement('tuplet', { type: 'start' })] : []),
      ...(isOpen ? [] : [xmlElement('tuplet', { type: 'stop' })]),
    ];
  });
}

const THREE_FOR_TWO = xmlElement('time-modification', {}, [
  xmlText('actual-notes', 3),
  xmlText('normal-notes', 2),
]);

/** Elements of a note that depend on its pitch. */
interface NoteHead {
  readonly pitch?: string;
  readonly instrument?: string;
  readonly accidental?: string;
  readonly shape?: string;
}

function pitchedHead({ letter, alter, octave, accidental }: WrittenPitch): NoteHead {
  return {
    pitch: xmlElement('pitch', {}, [
      xmlText('step', letter),
      alter === 0 ? undefined : xmlText('alter', alter),
      xmlText('octave', octave),
    ]),
    accidental: accidental === undefined ? undefined : xmlText('accidental', accidental),
  };
}

function drumHead(key: number, kit: string): NoteHead {
  const { step, octave, head } = drumPlace(key);
  return {
    pitch: xmlElement('unpitched', {}, [
      xmlText('display-step', step),
      xmlText('display-octave', octave),
    ]),
    instrument: xmlElement('instrument', { id: drumId(kit, key) }),
    shape: head === undefined ? undefined : xmlText('notehead', head),
  };
}

/** Returns the id, in MusicXML, of the drum with a MIDI key in a part. */
export function drumId(part: string, key: number): string {
  return `${part}-I${key + 1}`;
}

/**
 * Writes the XML elements that notes and rests share (duration, voice, type), in the order of MusicXML's schema.
 *
 * @param hasType - False for a rest that fills a bar shorter or longer than a whole note: it is drawn as a whole rest.
 */
function writeLength(
  symbol: NoteSymbol,
  { instrument, accidental, shape }: NoteHead,
  voice: number,
  staff: number | undefined,
  hasType = true,
): readonly (string | undefined)[] {
  const [type, hasDot] = hasType ? TYPES[writtenLength(symbol)] : [undefined, false];
  return [
    xmlText('duration', symbol.divisions),
    ...writeTies('tie', symbol),
    instrument,
    xmlText('voice', voice),
    type === undefined ? undefined : xmlText('type', type),
    hasDot ? xmlElement('dot', {}) : undefined,
    accidental,
    symbol.isTriplet ? THREE_FOR_TWO : undefined,
    shape,
    staff === undefined ? undefined : xmlText('staff', staff),
  ];
}

function writeTies(name: 'tie' | 'tied', { isTiedBack, isTiedOn }: NoteSymbol): readonly string[] {
  return [
    ...(isTiedBack ? [xmlElement(name, { type: 'stop' })] : []),
    ...(isTiedOn ? [xmlElement(name, { type: 'start' })] : []),
  ];
}

/** State of a beam at a note, in the words of MusicXML. */
export type Beam = 'begin' | 'continue' | 'end' | 'forward hook' | 'backward hook';

/**
 * Returns the beams of a bar, which join the eighths and sixteenths of a beat.
 *
 * @param beats - Starts of the beats of the bar, in ascending order from 0.
 * @returns the beams of each symbol, beginning with the beam of eighths.
 */
export function beamsOf(
  symbols: readonly NoteSymbol[],
  beats: readonly number[],
): readonly (readonly Beam[])[] {
  const beams: Beam[][] = symbols.map(() => []);
  for (const group of runsOf(symbols, (symbol) =>
    beamCount(symbol) > 0 ? beats.filter((beat) => beat <= symbol.startDivision).length : undefined,
  )) {
    if (group.length === 1) continue;
    for (const i of group) beams[i].push(beamAt(group, i));
    for (const run of runsOf(symbols, (symbol, i) =>
      group.includes(i) && beamCount(symbol) > 1 ? 1 : undefined,
    )) {
      const hook: Beam = run[0] === group[0] ? 'forward hook' : 'backward hook';
      for (const i of run) beams[i].push(run.length === 1 ? hook : beamAt(run, i));
    }
  }
  return beams;
}

function beamAt(run: readonly number[], i: number): Beam {
  if (i === run[0]) return 'begin';
  return i === run.at(-1) ? 'end' : 'continue';
}

/** Number of beams of a symbol: two for a sixteenth, one for an eighth, with or without a dot. */
function beamCount(symbol: NoteSymbol): number {
  const length = writtenLength(symbol);
  if (symbol.pitches.length === 0 || length >= QUARTER) return 0;
  return length === SIXTEENTH ? 2 : 1;
}

/** Groups the indices of consecutive symbols with the same key; symbols with the key `undefined` are left out. */
function runsOf(
  symbols: readonly NoteSymbol[],
  keyOf: (symbol: NoteSymbol, i: number) => number | undefined,
): readonly (readonly number[])[] {
  const runs: number[][] = [];
  let before: number | undefined;
  symbols.forEach((symbol, i) => {
    const key = keyOf(symbol, i);
    if (key !== undefined && key === before) runs[runs.length - 1].push(i);
    else if (key !== undefined) runs.push([i]);
    before = key;
  });
  return runs;
}
