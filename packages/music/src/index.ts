export { type DecodeOptions, decodeEvents } from './events/decode-events.js';
export { encodeNotes } from './events/encode-notes.js';
export { eventId, eventOf, type MusicEvent } from './events/event-ids.js';
export { parseMidi } from './midi/parse-midi.js';
export { writeMidi } from './midi/write-midi.js';
export { applyPedal } from './notes/apply-pedal.js';
export type { MidiPiece, Note, PedalMove, StepNote, StruckNote } from './notes/note.js';
export { type Variation, VARIATIONS, varyNotes } from './notes/vary-notes.js';
