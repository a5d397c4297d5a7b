import { type WrittenPitch, writtenPitches } from './spell-pitch.js';
import { beamsOf } from './beams.js';
import type { SheetBar } from './sheet-bars.js';
import type { NoteSymbol } from './split-into-symbols.js';
import { xmlElement, xmlText } from './xml-element.js';

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
  /** Number of the voice, which is its own within the part. */
  readonly voice: number;
  readonly symbols: readonly NoteSymbol[];
}

/** The way back from the end of a bar to its start, for the next voice. */
export function backup({ sixteenths }: SheetBar): string {
  return xmlElement('backup', {}, [xmlText('duration', sixteenths)]);
}

/**
 * The notes and rests of a staff in a bar, voice by voice.
 *
 * @param staff - Number of the staff; `undefined` if the part has only one.
 */
export function writeStaffBar(
  voices: readonly VoiceBar[],
  bar: SheetBar,
  staff: number | undefined,
): readonly string[] {
  const written = writtenPitches(
    voices.map(({ symbols }) => symbols),
    bar.key,
  );
  return voices.flatMap(({ voice, symbols }, i) => {
    const beams = beamsOf(symbols, bar.beats);
    const notes = symbols.flatMap((symbol, at) => {
      const place = [voice, staff] as const;
      if (symbol.pitches.length === 0) return [writeRest(symbol, bar, ...place)];
      return (written.get(symbol) ?? []).map((pitch, inChord) =>
        xmlElement('note', {}, [
          inChord > 0 ? xmlElement('chord', {}) : undefined,
          writePitch(pitch),
          ...writeLength(symbol, pitch.accidental, ...place),
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
    ...writeLength(symbol, undefined, voice, staff, !isWholeBar || symbol.sixteenths === WHOLE),
  ]);
}

function writePitch({ letter, alter, octave }: WrittenPitch): string {
  return xmlElement('pitch', {}, [
    xmlText('step', letter),
    alter === 0 ? undefined : xmlText('alter', alter),
    xmlText('octave', octave),
  ]);
}

/**
 * Elements that notes and rests share, in the order of the schema.
 *
 * @param hasType - False for a rest that fills a bar shorter or longer than a whole note: it is
 *   drawn as a whole rest.
 */
function writeLength(
  symbol: NoteSymbol,
  accidental: string | undefined,
  voice: number,
  staff: number | undefined,
  hasType = true,
): readonly (string | undefined)[] {
  const [type, hasDot] = hasType ? TYPES[symbol.sixteenths] : [undefined, false];
  return [
    xmlText('duration', symbol.sixteenths),
    ...writeTies('tie', symbol, (ties) => ties),
    xmlText('voice', voice),
    type === undefined ? undefined : xmlText('type', type),
    hasDot ? xmlElement('dot', {}) : undefined,
    accidental === undefined ? undefined : xmlText('accidental', accidental),
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
