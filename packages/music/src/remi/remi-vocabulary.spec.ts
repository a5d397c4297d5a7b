import { describeRemi, REMI_DEFAULTS, remiVocabulary } from './remi-vocabulary.js';

const vocabulary = remiVocabulary({ ...REMI_DEFAULTS, rests: true, chords: true });

it.each([
  ['BOS_None', 'beginning of piece'],
  ['EOS_None', 'end of piece'],
  ['MASK_None', 'MASK_None'],
  ['Bar_None', 'bar'],
  ['TimeSig_6/8', '6/8'],
  ['Position_0', 'beat 1'],
  ['Position_11', 'beat 2 + 3/8'],
  ['Tempo_121.29', '121.29 quarters a minute'],
  ['Program_33', 'electric bass (finger)'],
  ['Program_-1', 'drums'],
  ['Chord_sus4', 'chord sus4'],
  ['Pitch_60', 'C4'],
  ['PitchDrum_38', 'drum 38'],
  ['Velocity_127', 'velocity 127'],
  ['Duration_0.3.8', '3/8 beat'],
  ['Duration_1.0.8', '1 beat'],
  ['Duration_2.1.8', '2 1/8 beats'],
  ['Rest_12.0.2', 'rest of 12 beats'],
])('describes %s as %s', (name, words) => {
  expect(describeRemi(vocabulary.names.indexOf(name), vocabulary)).toBe(words);
});

it('reports an unknown id', () => {
  expect(describeRemi(9999, vocabulary)).toBe('no token 9999');
});
