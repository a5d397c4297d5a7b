/**
 * Draws a seed for what is to be new each time, from the system's own random numbers: an integer of 32
 * bits, which is short enough to be typed again.
 */
export function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
