export { NoteRoll, rollScale, secondWidth } from './pictures/note-roll.js';
export { PianoPlayer } from './pictures/piano-player.js';
