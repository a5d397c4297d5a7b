export {
  isBlackKey,
  NoteRoll,
  pitchName,
  type RollArc,
  rollScale,
  type RollScale,
  secondWidth,
  STEPS_PER_SECOND,
  useVisibleCursor,
} from './pictures/note-roll.js';
export { NotePlayer } from './pictures/note-player.js';
export { type StartedNote, Synthesizer } from './pictures/synthesizer.js';
