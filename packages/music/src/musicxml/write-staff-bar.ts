import { escapeHtml } from '@ramble/core/files';

import { type SheetBar, SIXTEENTHS_PER_BEAT } from './sheet.js';
import { drumPlace, type WrittenPitch, writtenPitches } from './spell-pitch.js';
import type { NoteSymbol } from './voices.js';

/** The type of a length in sixteenths, and whether it has a dot. */
const TYPES: Readonly<Record<number, readonly [type: string, hasDot: boolean]>> = {
  1: ['16th', false],
  2: ['eighth', false],
  3: ['eighth', true],
  4: ['quarter', false],
  6: ['quarter', true],
  8: ['half', false],
  12: ['half', true],
  16: ['whole', false],
  24: ['whole', true],
};

const WHOLE = 16;

/** A voice in a bar. */
export interface VoiceBar {
  /** Number of the voice, which is unique within the part. */
  readonly voice: number;
  readonly symbols: readonly NoteSymbol[];
}

/** Writes a move from the end of a bar back to its start, for the next voice. */
export function backup({ sixteenths }: SheetBar): string {
  return xmlElement('backup', {}, [xmlText('duration', sixteenths)]);
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
    const notes = symbols.flatMap((symbol, at) => {
      const place = [voice, staff] as const;
      if (symbol.pitches.length === 0) return [writeRest(symbol, bar, ...place)];
      return writeHeads(symbol).map((head, inChord) =>
        xmlElement('note', {}, [
          inChord > 0 ? xmlElement('chord', {}) : undefined,
          head.pitch,
          ...writeLength(symbol, head, ...place),
          ...(inChord > 0 ? [] : beams[at]).map((beam, level) =>
            xmlText('beam', beam, { number: level + 1 }),
          ),
          ...writeTies('tied', symbol, (ties) => [xmlElement('notations', {}, ties)]),
        ]),
      );
    });
    return i === 0 ? notes : [backup(bar), ...notes];
  });
}

function writeRest(
  symbol: NoteSymbol,
  bar: SheetBar,
  voice: number,
  staff: number | undefined,
): string {
  const isWholeBar = symbol.sixteenths === bar.sixteenths;
  return xmlElement('note', {}, [
    xmlElement('rest', { measure: isWholeBar ? 'yes' : undefined }),
    ...writeLength(symbol, {}, voice, staff, !isWholeBar || symbol.sixteenths === WHOLE),
  ]);
}

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

/** Returns the id of a drum in a part. */
export function drumId(part: string, key: number): string {
  return `${part}-I${key + 1}`;
}

/**
 * Writes the elements that notes and rests have in common, in the order of the schema.
 *
 * @param hasType - False for a rest that fills a bar shorter or longer than a whole note: it is drawn as a
 *   whole rest.
 */
function writeLength(
  symbol: NoteSymbol,
  { instrument, accidental, shape }: NoteHead,
  voice: number,
  staff: number | undefined,
  hasType = true,
): readonly (string | undefined)[] {
  const [type, hasDot] = hasType ? TYPES[symbol.sixteenths] : [undefined, false];
  return [
    xmlText('duration', symbol.sixteenths),
    ...writeTies('tie', symbol, (ties) => ties),
    instrument,
    xmlText('voice', voice),
    type === undefined ? undefined : xmlText('type', type),
    hasDot ? xmlElement('dot', {}) : undefined,
    accidental,
    shape,
    staff === undefined ? undefined : xmlText('staff', staff),
  ];
}

function writeTies(
  name: 'tie' | 'tied',
  { isTiedBack, isTiedOn }: NoteSymbol,
  wrap: (ties: readonly string[]) => readonly string[],
): readonly string[] {
  const ties = [
    ...(isTiedBack ? [xmlElement(name, { type: 'stop' })] : []),
    ...(isTiedOn ? [xmlElement(name, { type: 'start' })] : []),
  ];
  return ties.length > 0 ? wrap(ties) : [];
}

/**
 * Writes an XML element, with each child on a separate line.
 *
 * @param children - Elements that are already written; `undefined` ones are left out.
 */
export function xmlElement(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children: readonly (string | undefined)[] = [],
): string {
  const lines = children.filter((child) => child !== undefined).join('\n');
  if (lines === '') return `<${name}${shown(attributes)}/>`;
  return `<${name}${shown(attributes)}>\n${lines.replace(/^/gm, '  ')}\n</${name}>`;
}

/** Writes an XML element that contains only a text or a number. */
export function xmlText(
  name: string,
  text: string | number,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
): string {
  return `<${name}${shown(attributes)}>${escapeHtml(String(text))}</${name}>`;
}

function shown(attributes: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeHtml(String(value))}"`)
    .join('');
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
  for (const group of runsOf(symbols, ({ startSixteenth, ...symbol }) =>
    beamCount(symbol) > 0 ? beats.filter((beat) => beat <= startSixteenth).length : undefined,
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
function beamCount({ pitches, sixteenths }: Omit<NoteSymbol, 'startSixteenth'>): number {
  if (pitches.length === 0 || sixteenths >= SIXTEENTHS_PER_BEAT) return 0;
  return sixteenths === 1 ? 2 : 1;
}

/** Groups the indices of consecutive symbols with the same key. */
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
