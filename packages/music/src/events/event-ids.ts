/** An event of a performance, one of 388; a step is a hundredth of a second. */
export type MusicEvent =
  | { readonly kind: 'noteOn'; readonly pitch: number }
  | { readonly kind: 'noteOff'; readonly pitch: number }
  | { readonly kind: 'shift'; readonly steps: number }
  | { readonly kind: 'velocity'; readonly bin: number };

export const STEPS_PER_SECOND = 100;
/** The longest shift of one event: a second. */
export const MAX_SHIFT_STEPS = 100;
export const PITCHES = 128;
export const VELOCITY_BINS = 32;
/** Velocities of one bin. */
const BIN_SIZE = 4;

/** Ids of the first event of each kind. */
export const NOTE_ON = 0;
export const NOTE_OFF = NOTE_ON + PITCHES;
export const SHIFT = NOTE_OFF + PITCHES;
export const VELOCITY = SHIFT + MAX_SHIFT_STEPS;
/** Number of events. */
export const EVENTS = VELOCITY + VELOCITY_BINS;
/** The id before the first event of a piece and after its last; not one of the 388. */
export const END = VELOCITY + VELOCITY_BINS;

/**
 * The id of an event.
 *
 * @see Oore et al. 2018, section 3, https://arxiv.org/abs/1808.03715
 */
export function eventId(event: MusicEvent): number {
  switch (event.kind) {
    case 'noteOn':
      return NOTE_ON + event.pitch;
    case 'noteOff':
      return NOTE_OFF + event.pitch;
    case 'shift':
      return SHIFT + event.steps - 1;
    case 'velocity':
      return VELOCITY + event.bin - 1;
  }
}

/**
 * The event of an id.
 *
 * @returns `undefined` for what is no event.
 */
export function eventOf(id: number): MusicEvent | undefined {
  if (!Number.isInteger(id) || id < 0 || id >= EVENTS) return undefined;
  if (id < NOTE_OFF) return { kind: 'noteOn', pitch: id - NOTE_ON };
  if (id < SHIFT) return { kind: 'noteOff', pitch: id - NOTE_OFF };
  if (id < VELOCITY) return { kind: 'shift', steps: id - SHIFT + 1 };
  return { kind: 'velocity', bin: id - VELOCITY + 1 };
}

/** The bin of a velocity from 1 to 127: 1 to 32. */
export function velocityBin(velocity: number): number {
  return Math.floor((velocity - 1) / BIN_SIZE) + 1;
}

/** The lowest velocity of a bin, which stands for all of it. */
export function binVelocity(bin: number): number {
  return 1 + (bin - 1) * BIN_SIZE;
}
