/** The part of midi-file 1.2.4 that is used here; it has no types of its own. */
declare module 'midi-file' {
  interface Timed {
    /** Ticks since the event before it in its track. */
    deltaTime: number;
  }
  export type MidiFileEvent = Timed &
    (
      | { type: 'noteOn' | 'noteOff'; channel: number; noteNumber: number; velocity: number }
      | { type: 'controller'; channel: number; controllerType: number; value: number }
      | { type: 'programChange'; channel: number; programNumber: number }
      | { type: 'setTempo'; microsecondsPerBeat: number }
      | { type: 'endOfTrack' }
    );
  export interface MidiFileData {
    header: {
      format: number;
      numTracks: number;
      ticksPerBeat?: number;
      framesPerSecond?: number;
      ticksPerFrame?: number;
    };
    tracks: MidiFileEvent[][];
  }
  export function parseMidi(bytes: Uint8Array): MidiFileData;
  export function writeMidi(data: MidiFileData): number[];
}
