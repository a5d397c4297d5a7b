import { type Clef, type Sheet, SIXTEENTHS_PER_BEAT, type SheetPart } from './sheet.js';
import { splitIntoSymbols } from './split-into-symbols.js';
import { BACKUP, type VoiceBar, writeStaffBar } from './write-staff-bar.js';
import { xmlElement, xmlText } from './xml-element.js';

const CLEFS: Readonly<Record<Clef, readonly string[]>> = {
  treble: [xmlText('sign', 'G'), xmlText('line', 2)],
  treble8: [xmlText('sign', 'G'), xmlText('line', 2), xmlText('clef-octave-change', -1)],
  bass: [xmlText('sign', 'F'), xmlText('line', 4)],
};
/** Numbers of voices that a staff has to itself, as MuseScore counts them. */
const VOICES_PER_STAFF = 4;
const FINAL = xmlElement('barline', { location: 'right' }, [xmlText('bar-style', 'light-heavy')]);

/**
 * The bars of a part: the first has the signatures and the clefs, the last a double line.
 *
 * @param hasTempo - Whether the tempo stands above the first bar, which one part does for all.
 */
export function writePart(
  { staves }: SheetPart,
  { key, tempoBpm }: Sheet,
  bars: number,
  hasTempo: boolean,
): readonly string[] {
  const written = staves.map(({ voices }) => voices.map((voice) => splitIntoSymbols(voice, bars)));
  return Array.from({ length: bars }, (_, bar) => {
    const notes = written.flatMap((voices, staff) => {
      const voiceBars = voices.map((symbols, i): VoiceBar => {
        return { voice: VOICES_PER_STAFF * staff + i + 1, symbols: symbols[bar] };
      });
      // The first voice fills every bar; others stand where they have notes.
      const standing = voiceBars.filter((of, i) => i === 0 || hasNotes(of));
      const elements = writeStaffBar(standing, key, staves.length > 1 ? staff + 1 : undefined);
      return staff === 0 ? elements : [BACKUP, ...elements];
    });
    return xmlElement('measure', { number: bar + 1 }, [
      ...(bar === 0 ? [writeAttributes(staves, key)] : []),
      ...(bar === 0 && hasTempo ? [writeTempo(tempoBpm)] : []),
      ...notes,
      ...(bar === bars - 1 ? [FINAL] : []),
    ]);
  });
}

function hasNotes({ symbols }: VoiceBar): boolean {
  return symbols.some(({ pitches }) => pitches.length > 0);
}

function writeAttributes(staves: SheetPart['staves'], { fifths, mode }: Sheet['key']): string {
  return xmlElement('attributes', {}, [
    xmlText('divisions', SIXTEENTHS_PER_BEAT),
    xmlElement('key', {}, [xmlText('fifths', fifths), xmlText('mode', mode)]),
    xmlElement('time', { symbol: 'common' }, [xmlText('beats', 4), xmlText('beat-type', 4)]),
    staves.length > 1 ? xmlText('staves', staves.length) : undefined,
    ...staves.map(({ clef }, i) =>
      xmlElement('clef', { number: staves.length > 1 ? i + 1 : undefined }, CLEFS[clef]),
    ),
  ]);
}

function writeTempo(tempoBpm: number): string {
  return xmlElement('direction', { placement: 'above' }, [
    xmlElement('direction-type', {}, [
      xmlElement('metronome', {}, [
        xmlText('beat-unit', 'quarter'),
        xmlText('per-minute', tempoBpm),
      ]),
    ]),
    xmlElement('sound', { tempo: tempoBpm }),
  ]);
}
