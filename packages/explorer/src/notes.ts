export { endOf, NoteRoll, rollScale, secondWidth, useVisibleCursor } from './pictures/note-roll.js';
export { PianoPlayer } from './pictures/piano-player.js';
