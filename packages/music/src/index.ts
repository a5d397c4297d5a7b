export { encodeMelody } from './accompaniment/encode-melody.js';
export { skyline } from './accompaniment/skyline.js';
export { drawAttention } from './attention/draw-attention.js';
export { type LocatedNote, locateNotes } from './attention/locate-notes.js';
export { bandDomain, type BandDomain, type BandPrompt } from './band/band-domain.js';
export { bandFactory } from './band/band-factory.js';
export { bandGrammar, type BandRules } from './band/band-grammar.js';
export { BAND_OPTIONS, type BandOptions } from './band/band-options.js';
export { type Chorale, type ChoraleStep, parseChorales } from './chorales/chorale.js';
export { choraleDomain, type ChoraleDomain, choraleFactory } from './chorales/chorale-domain.js';
export { chordName, parseChords } from './controls/chord-names.js';
export { controlsOf } from './controls/controlled-domain.js';
export { estimateTempo, TEMPO_RANGE } from './controls/estimate-tempo.js';
export { choraleNotes, decodeChorale, encodeChorale } from './chorales/chorale-ids.js';
export { musicDomain, type MusicDomain } from './domain/music-domain.js';
export { musicFactory } from './domain/music-factory.js';
export { MUSIC_OPTIONS, type MusicOptions } from './domain/music-options.js';
export { type MusicPrompt, promptMeter } from './domain/music-prompt.js';
export type { NoteLengths } from './domain/note-lengths.js';
export { type DecodeOptions, decodeEvents } from './events/decode-events.js';
export { encodeNotes } from './events/encode-notes.js';
export { describeEvent, pitchName } from './events/describe-event.js';
export { eventId, eventOf, type MusicEvent } from './events/event-ids.js';
export { keyScale, MUSIC_KEYS, type MusicKey } from './grammar/key-scale.js';
export { lengthPrior, type LengthPrior } from './grammar/length-prior.js';
export { performanceGrammar, type PerformanceRules } from './grammar/performance-grammar.js';
export { parseMeter } from './midi/parse-meter.js';
export { parseMidi } from './midi/parse-midi.js';
export { writeMidi } from './midi/write-midi.js';
export { choraleSheet } from './musicxml/chorale-sheet.js';
export { performanceSheet } from './musicxml/performance-sheet.js';
export type {
  Clef,
  Sheet,
  SheetChange,
  SheetKey,
  SheetNote,
  SheetPart,
  SheetTime,
  Staff,
  Voice,
} from './musicxml/sheet.js';
export { writeMusicXml } from './musicxml/write-music-xml.js';
export { applyPedal } from './notes/apply-pedal.js';
export { inSeconds } from './notes/in-seconds.js';
export type { Meter, MeterTempo } from './notes/meter.js';
export type { MidiPiece, Note, PedalMove, StepNote, StruckNote } from './notes/note.js';
export { copiedShare } from './measures/copied-share.js';
export { describePerformances } from './measures/describe-performances.js';
export { describeScores } from './measures/describe-scores.js';
export { drawPianoRoll } from './notes/draw-piano-roll.js';
export { packPiece, unpackPiece } from './notes/pack-piece.js';
export { onGrid } from './notes/on-grid.js';
export { type Variation, VARIATIONS, varyNotes } from './notes/vary-notes.js';
export { decodeRemi } from './remi/decode-remi.js';
export { describeRemi } from './remi/describe-remi.js';
export { encodeScore } from './remi/encode-score.js';
export { parseTracks } from './remi/parse-tracks.js';
export { REMI_DEFAULTS, type RemiSettings } from './remi/remi-settings.js';
export { type RemiToken, type RemiVocabulary, remiVocabulary } from './remi/remi-vocabulary.js';
export { barTicks } from './score/bar-ticks.js';
export { drawScore } from './score/draw-score.js';
export { parseScore } from './score/parse-score.js';
export type { Score, ScoreNote, ScorePart, TempoChange, TimeSignature } from './score/score.js';
export { writeScore } from './score/write-score.js';
