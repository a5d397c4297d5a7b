/** Colours of runs by their place, readable on dark and on light ground. */
const RUN_COLOURS = [
  '#4a6cf7',
  '#d9730d',
  '#0f9d77',
  '#c2378b',
  '#8a6de9',
  '#b08900',
  '#0c93c4',
  '#d64545',
  '#6b8f1a',
  '#7d8794',
] as const;

/** The colour of a run by its place. */
export function runColour(place: number): string {
  return RUN_COLOURS[place % RUN_COLOURS.length] ?? RUN_COLOURS[0];
}

/** The class that gives a box the colour of a run. */
export function colourClass(place: number): string {
  return `run-colour-${place % RUN_COLOURS.length}`;
}
