const SMALL = ['--attention', 'relative', '--n-layer', '3', '--n-head', '4', '--n-embd', '96'];
const SHAPE = [
  ...['--attention', 'relative', '--positions', 'none'],
  ...['--n-layer', '5', '--n-head', '4', '--n-embd', '256'],
];
const ADAM = ['--beta2', '0.99', '--eval-interval', '250', '--eval-batches', '20'];
const LONG = ['--context-length', '1024', '--batch-size', '4'];

/**
 * Recipes of the models in `examples/models` that play the piano. `stages` are trainings, each from the previous
 * stage's model, for the fraction `share` of the minutes, or for its `--max-steps` if `share` is 0; `weights` is the type in which the best checkpoint is
 * stored; `pieces` is the word for a piece of data in tables.
 */
export const RECIPES = {
  piano: {
    ...{ data: 'piano-public', minutes: 42, weights: 'f16', pieces: 'the ten pieces' },
    stages: [
      {
        share: 1,
        flags: [
          ...SMALL,
          ...['--context-length', '256', '--batch-size', '8', '--max-steps', '1600'],
          ...['--learning-rate', '2e-3', '--warmup-steps', '100', '--beta2', '0.99'],
          ...['--dropout', '0.1', '--eval-interval', '100', '--seed', '1'],
        ],
      },
    ],
    title: 'A small model of piano music',
    introduction: ({ parameters, minutes }) =>
      `${parameters} parameters in 16 bits, trained for ${minutes} minutes on ten pieces. It plays dense, rambling ragtime. Half an hour of music is only enough to try things out.`,
    dataWords: ({ held }) =>
      `the corpus \`piano-public\`, ten pieces of Mutopia in the public domain: eight by Joplin, one each by Debussy and Satie. They are typeset, not played: all notes are on the beat and as loud as the score says. \`${held}\` was held out by its content.`,
    samples: [],
  },

  'piano-played': {
    ...{ data: 'piano-played', minutes: 141, weights: 'int8', pieces: 'the 390 pieces' },
    stages: [
      {
        share: 20 / 141, // short contexts first: with them a model learns sooner to use earlier tokens
        flags: [
          ...SHAPE,
          ...['--context-length', '256', '--batch-size', '16', '--controls'],
          ...['--learning-rate', '2e-3', '--schedule', 'constant'],
          ...[...ADAM, '--seed', '1'],
        ],
      },
      {
        share: 36 / 141,
        flags: [
          ...LONG,
          ...['--learning-rate', '2e-3', '--min-learning-rate', '2e-5', '--schedule', 'wsd'],
          ...[...ADAM, '--seed', '1'],
        ],
      },
      {
        share: 25 / 141,
        flags: [
          ...LONG,
          ...['--learning-rate', '1.5e-3', '--min-learning-rate', '2e-5', '--schedule', 'wsd'],
          ...['--warmup-steps', '50', ...ADAM, '--seed', '2'],
        ],
      },
      {
        share: 60 / 141,
        flags: [
          ...LONG,
          ...['--learning-rate', '1.5e-3', '--min-learning-rate', '2e-5', '--schedule', 'wsd'],
          ...['--warmup-steps', '50', ...ADAM, '--seed', '3'],
        ],
      },
      {
        share: 0, // limited by its steps
        flags: [
          ...['--infill', ...LONG, '--max-steps', '2000'],
          ...['--learning-rate', '1.5e-3', '--min-learning-rate', '2e-5', '--schedule', 'wsd'],
          ...['--warmup-steps', '50', ...ADAM, '--seed', '4'],
        ],
      },
    ],
    title: 'A model of piano music as it is played',
    introduction: ({ parameters, minutes }) =>
      `${parameters} parameters in int8, a context of 1,024 events, trained for ${minutes} minutes on 27 hours of music from Bach to Ravel. It continues pieces, and it fills in a region with the music on both sides of it.`,
    dataWords: () =>
      "the corpus `piano-played`, 390 pieces played by people. They are Bernd Krueger's from [piano-midi.de](http://www.piano-midi.de) (CC BY-SA 3.0 DE), and the ones in the repository of [GiantMIDI-Piano](https://github.com/bytedance/GiantMIDI-Piano) (CC BY 4.0). 16 of them are held out, and no music is in both parts. The first two trainings had three more pieces, which the corpus now leaves out because their pedal stays down for minutes. In the first three trainings, controls described a whole piece, in the later ones only its current part. The model and its samples are under [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/); whoever shares them must name both sources.",
    samples: [
      ['--seed', '1'],
      ['--seed', '2', '--density', '4', '--tempo', '72'],
      ['--seed', '3', '--density', '10', '--chords', 'Cm,Fm,G'],
    ],
  },
};
