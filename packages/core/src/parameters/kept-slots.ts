import type { Slot } from './optimizer.js';
import { type ParameterSpec, parameterPlaces } from './parameter.js';
import type { Piece } from './update-pieces.js';

/** The slots of an optimizer for pieces of the parameters, one piece after the other. */
export interface KeptSlots {
  readonly pieces: readonly Piece[];
  /** The slots that are not zeros alone. */
  readonly used: () => readonly Slot[];
  /** The numbers of a slot where they lie; zeros at first. */
  readonly flat: (slot: Slot) => Float32Array;
  /** A copy of the slot of a whole parameter, with 0 for entries of no piece. */
  readonly read: (name: string, slot: Slot) => Float32Array;
  /** Overwrites the slot of a parameter where it is kept. */
  readonly write: (name: string, slot: Slot, values: Float32Array) => void;
}

/**
 * Makes slots of zeros.
 *
 * @param pieces - At most one for each parameter.
 * @param allocate - Makes an array of zeros.
 * @param before - Slots whose numbers are taken over, as far as they are kept.
 */
export function keepSlots(
  specs: readonly ParameterSpec[],
  pieces: readonly Piece[],
  allocate: (length: number) => Float32Array,
  before?: KeptSlots,
): KeptSlots {
  const places = parameterPlaces(specs);
  const kept = new Map<string, { offset: number; start: number; end: number }>();
  let total = 0;
  for (const { name, start, end } of pieces) {
    const first = places.get(name)?.start ?? 0; // pieces are of these parameters
    kept.set(name, { offset: total, start: start - first, end: end - first });
    total += end - start;
  }
  // Sampling needs no moments, so they take memory when the first update or write asks for them.
  const slots: Partial<Record<Slot, Float32Array>> = {};
  const flat: KeptSlots['flat'] = (slot) => (slots[slot] ??= allocate(total));
  const write: KeptSlots['write'] = (name, slot, values) => {
    const own = kept.get(name);
    if (own) flat(slot).set(values.subarray(own.start, own.end), own.offset);
  };
  const takeOver = ({ used, read }: KeptSlots): void => {
    for (const slot of used()) {
      for (const { name } of pieces) write(name, slot, read(name, slot));
    }
  };
  if (before) takeOver(before);
  return {
    pieces,
    used: () => Object.keys(slots) as Slot[], // as the record's type says
    flat,
    read: (name, slot) => {
      const place = places.get(name);
      const own = kept.get(name);
      const values = new Float32Array(place ? place.end - place.start : 0);
      const numbers = slots[slot];
      if (own && numbers) {
        values.set(numbers.subarray(own.offset, own.offset + own.end - own.start), own.start);
      }
      return values;
    },
    write,
  };
}

/** The pieces that are all parameters. */
export function wholePieces(specs: readonly ParameterSpec[]): Piece[] {
  return Array.from(parameterPlaces(specs), ([name, place]) => ({ name, ...place }));
}
