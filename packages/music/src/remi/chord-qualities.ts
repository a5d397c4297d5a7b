/** The chords that have names: semitones above the lowest note. */
export const CHORD_QUALITIES: Readonly<Record<string, readonly number[]>> = {
  min: [0, 3, 7],
  maj: [0, 4, 7],
  dim: [0, 3, 6],
  aug: [0, 4, 8],
  sus2: [0, 2, 7],
  sus4: [0, 5, 7],
  '7dom': [0, 4, 7, 10],
  '7min': [0, 3, 7, 10],
  '7maj': [0, 4, 7, 11],
  '7halfdim': [0, 3, 6, 10],
  '7dim': [0, 3, 6, 9],
  '7aug': [0, 4, 8, 11],
  '9maj': [0, 4, 7, 10, 14],
  '9min': [0, 4, 7, 10, 13],
};
