/** Colours of runs by their place, readable on dark and on light ground. */
export const RUN_COLOURS = [
  '#4a6cf7',
  '#d9730d',
  '#0f9d77',
  '#c2378b',
  '#8a6de9',
  '#b08900',
  '#0c93c4',
  '#d64545',
] as const;

/** The class that gives a box the colour of a run. */
export function colourClass(place: number): string {
  return `run-colour-${place % RUN_COLOURS.length}`;
}
