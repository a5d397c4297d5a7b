export {
  anticipationDomain,
  type AnticipationDomain,
  anticipationFactory,
  type AnticipationPrompt,
} from './anticipation/anticipation-domain.js';
export {
  anticipationGrammar,
  type AnticipationRules,
} from './anticipation/anticipation-grammar.js';
export {
  encodeInstruments,
  type InstrumentNote,
  type InstrumentPiece,
  instrumentScore,
  parseInstruments,
} from './anticipation/instrument-events.js';
export {
  ariaDomain,
  type AriaDomain,
  ariaFactory,
  ariaGrammar,
  type AriaPrompt,
  type AriaRules,
} from './aria/aria-domain.js';
export { ariaScore } from './aria/aria-tokens.js';
export { type AriaNote, type AriaPiece, parseAria } from './aria/parse-aria.js';
export { encodeMelody, skyline } from './accompaniment/accompaniment-sections.js';
export {
  type LocatedNote,
  locateNotes,
  type NoteAttention,
  noteAttention,
} from './attention/note-attention.js';
export {
  BAND_OPTIONS,
  bandDomain,
  type BandDomain,
  bandFactory,
  type BandOptions,
  type BandPrompt,
} from './band/band-domain.js';
export { fillRegion, type FillRegion, findRegion, secondsToTicks } from './fill/fill-region.js';
export { type FillMarkers, type FillsIn, grammarWithMarkers } from './fill/infill-domain.js';
export { bandGrammar, type BandRules } from './band/band-grammar.js';
export {
  choraleDomain,
  type ChoraleDomain,
  choraleFactory,
  choraleGrammar,
  type ChoralePrompt,
  type ChoraleRules,
  decodeChorale,
  encodeChorale,
} from './chorales/chorale-domain.js';
export {
  type Chorale,
  choraleScore,
  choraleSheet,
  type ChoraleStep,
  describeChorales,
  parseChorales,
  scoreChorale,
} from './chorales/chorales.js';
export { chordName, parseChords } from './controls/control-ids.js';
export { controlsOf } from './controls/controlled-domain.js';
export { estimateTempo, TEMPO_RANGE } from './controls/beats.js';
export { musicDomain, type MusicDomain, musicFactory } from './domain/music-domain.js';
export { MUSIC_OPTIONS, type MusicOptions, type NoteLengths } from './domain/note-lengths.js';
export { type MusicPrompt, promptMeter } from './domain/music-prompt.js';
export {
  decodeEvents,
  type DecodeOptions,
  describeEvent,
  encodeNotes,
  eventId,
  eventOf,
  type MusicEvent,
  onGrid,
  pitchName,
  STEPS_PER_SECOND,
} from './events/events.js';
export {
  keyScale,
  lengthPrior,
  type LengthPrior,
  MUSIC_KEYS,
  type MusicKey,
} from './grammar/performance-state.js';
export { performanceGrammar, type PerformanceRules } from './grammar/performance-grammar.js';
export type { DuetFacts } from './live/answer-clock.js';
export { Duet, type DuetCalls, type DuetOptions } from './live/duet.js';
export { type DuetTurn, MIDI_STATUS, SUSTAIN_PEDAL } from './live/phrase-recorder.js';
export { parseMeter, parseMidi, toMidi } from './midi/parse-midi.js';
export { writeMidi, writeScore } from './midi/write-midi.js';
export { performanceSheet, scoreSheet } from './musicxml/sheets.js';
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
export { compressMusicXml } from './musicxml/music-xml-file.js';
export { writeMusicXml } from './musicxml/write-music-xml.js';
export { applyPedal, inSeconds } from './notes/apply-pedal.js';
export type {
  Meter,
  MeterTempo,
  MidiPiece,
  Note,
  PedalMove,
  StepNote,
  StruckNote,
} from './notes/note.js';
export { copiedShare } from './measures/copied-share.js';
export { describePerformances, rankPerformance } from './measures/performance-measures.js';
export { describeScores } from './measures/describe-scores.js';
export { drawPianoRoll, drawScore, partColours } from './score/piano-roll.js';
export { packPiece, unpackPiece } from './notes/pack-piece.js';
export { type Variation, VARIATIONS, varyNotes } from './notes/vary-notes.js';
export { decodeRemi } from './remi/decode-remi.js';
export {
  describeRemi,
  REMI_DEFAULTS,
  type RemiSettings,
  type RemiToken,
  type RemiVocabulary,
  remiVocabulary,
} from './remi/remi-vocabulary.js';
export { encodeScore, parseTracks } from './remi/encode-score.js';
export { programName } from './score/instruments.js';
export {
  barTicks,
  DRUMS,
  type Score,
  type ScoreNote,
  type ScorePart,
  type TempoChange,
  type TimeSignature,
} from './score/score.js';
export { barSeconds, parseScore } from './score/parse-score.js';
