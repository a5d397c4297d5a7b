import type { StepNote } from '../notes/note.js';
import { assignVoices } from './assign-voices.js';
import { estimateKey } from './estimate-key.js';
import { quantizePerformance } from './quantize-performance.js';
import { LOWEST_PITCH, type Sheet } from './sheet.js';

const MIDDLE_C = 60;

/**
 * A performance as sheet music for the piano: beats are tracked, notes move to the nearest sixteenth, middle
 * C and above go to the right hand and the rest to the left; the key is estimated. What is lost: velocities,
 * changes of tempo, triplets, and notes below C sharp 0; and where a hand has more than two
 * voices, notes end earlier.
 */
export function performanceSheet(performance: readonly StepNote[]): Sheet {
  const { tempoBpm, notes } = quantizePerformance(
    performance.filter(({ pitch }) => pitch >= LOWEST_PITCH),
  );
  const right = notes.filter(({ pitch }) => pitch >= MIDDLE_C);
  const left = notes.filter(({ pitch }) => pitch < MIDDLE_C);
  return {
    title: 'Performance',
    tempoBpm,
    key: estimateKey(notes),
    parts: [
      {
        name: 'Piano',
        staves: [
          { clef: 'treble', voices: assignVoices(right) },
          { clef: 'bass', voices: assignVoices(left) },
        ],
      },
    ],
  };
}
