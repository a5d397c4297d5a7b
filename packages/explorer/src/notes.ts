export { endOf, NoteRoll, rollScale, secondWidth, useVisibleCursor } from './pictures/note-roll.js';
export { PianoPlayer, PianoSound, type StruckString } from './pictures/piano-player.js';
