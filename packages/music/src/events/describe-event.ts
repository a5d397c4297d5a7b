import { binVelocity, END, eventOf, STEPS_PER_SECOND } from './event-ids.js';

const NAMES = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];

/** The class of a pitch for people: of 60 and 72 it is `C`. */
export function pitchClassName(pitch: number): string {
  return NAMES[pitch % 12];
}

/** A pitch for people: 60 is `C4`. */
export function pitchName(pitch: number): string {
  return `${pitchClassName(pitch)}${Math.floor(pitch / 12) - 1}`;
}

/** A token for people: `note on C4`, `+120 ms`, `velocity 73`. */
export function describeEvent(id: number): string {
  const event = eventOf(id);
  switch (event?.kind) {
    case 'noteOn':
      return `note on ${pitchName(event.pitch)}`;
    case 'noteOff':
      return `note off ${pitchName(event.pitch)}`;
    case 'shift':
      return `+${(event.steps * 1000) / STEPS_PER_SECOND} ms`;
    case 'velocity':
      return `velocity ${binVelocity(event.bin)}`;
    default:
      return id === END ? 'end of piece' : `no event ${id}`;
  }
}
