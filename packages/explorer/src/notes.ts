export {
  isBlackKey,
  NoteRoll,
  pitchName,
  rollScale,
  type RollScale,
  secondWidth,
  useVisibleCursor,
} from './pictures/note-roll.js';
export { PianoPlayer, PianoSound, type StruckString } from './pictures/piano-player.js';
