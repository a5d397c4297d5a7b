import type { Chorale } from '../chorales/chorale.js';
import { CHORALE_TEMPO_BPM } from '../chorales/chorale-ids.js';
import { voiceNotes } from '../chorales/voice-notes.js';
import { estimateKey } from './estimate-key.js';
import { LOWEST_PITCH, type Sheet } from './sheet.js';

/** The four voices from the highest to the lowest, and the clefs that choirs read. */
const PARTS = [
  { name: 'Soprano', clef: 'treble' },
  { name: 'Alto', clef: 'treble' },
  { name: 'Tenor', clef: 'treble8' },
  { name: 'Bass', clef: 'bass' },
] as const;

/**
 * A chorale as sheet music for a choir, a staff for each voice; the key is estimated. The data has no bar
 * lines: bars are of four quarters from the first step on, so that an upbeat is not told apart. Notes
 * below C sharp 0 cannot be written and are left out.
 */
export function choraleSheet(chorale: Chorale): Sheet {
  const voices = PARTS.map((_, voice) =>
    voiceNotes(chorale, voice).filter(({ pitch }) => pitch >= LOWEST_PITCH),
  );
  return {
    title: 'Chorale',
    tempoBpm: CHORALE_TEMPO_BPM,
    key: estimateKey(voices.flat()),
    parts: PARTS.map(({ name, clef }, i) => ({ name, staves: [{ clef, voices: [voices[i]] }] })),
  };
}
