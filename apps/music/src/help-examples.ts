/** Examples of commands by verb: the words after the verb. */
type HelpExamples = Readonly<Record<string, readonly string[]>>;

/** Returns the help examples that all music apps share; only the name of the run differs. */
function examplesOf(run: string): HelpExamples {
  return {
    serve: [`--model runs/${run} --port 8080`],
    merge: [`--model runs/${run} --out runs/${run}-merged`],
    average: [`--model runs/${run} --count 2 --out runs/${run}-mean`],
    export: [`--model runs/${run} --out models/${run}`],
  };
}

/** Examples for the help of `ramble music`, by verb: the words after the verb. */
export const MUSIC_EXAMPLES: HelpExamples = {
  train: [
    '--data piano-demo --out runs/piano --preset music-cpu --max-minutes 10',
    '--resume --out runs/piano --max-minutes 20',
    '--data my-files --init-from runs/piano --out runs/mine --learning-rate 1e-4',
  ],
  sample: [
    '--model runs/piano --primer song.mid --primer-seconds 10 --length-seconds 30 --count 3',
    '--model runs/piano --key a-minor --max-polyphony 4 --seed 7 --out roll.svg',
    '--model runs/piano --seed 7 --out song.musicxml',
    '--model runs/to-melody --melody tune.mid --out with-tune.mid --wav',
    '--model runs/piano --given song.mid --fill "seconds 10-20" --out filled.mid',
  ],
  evaluate: ['--model runs/piano --data others --samples 20'],
  duet: ['--model runs/piano --rest-seconds 0.5'],
  score: [
    '--model runs/piano --data song.mid --json',
    '--model runs/piano --primer song.mid --primer-seconds 10 --output-file more.mid',
  ],
  embed: ['--model runs/piano song.mid --json'],
  encode: ['song.mid --no-pedal --json', '--model runs/piano song.mid'],
  decode: ['371 60 305 188 --out note.mid', '- --out song.svg', 'song.mid --out song.musicxml'],
  render: ['song.mid --out song.musicxml', 'song.mxl --out song.wav'],
  next: ['--model runs/piano --primer song.mid --primer-seconds 10'],
  inspect: [
    '--model runs/piano',
    '--model runs/piano --primer song.mid --primer-seconds 10 --attention-picture arcs.html',
    '--model runs/piano --primer song.mid --primer-seconds 2 --out steps.html',
    '--preset music-transformer',
  ],
  curve: ['--data piano-demo --preset music-cpu --shares 10 100 --out curves/piano'],
  search: [
    '--data piano-demo --preset music-cpu --minutes 60 --over learning-rate,n-layer --out searches/piano',
  ],
  ...examplesOf('piano'),
};

/** Examples in the help of `ramble band`. */
export const BAND_EXAMPLES: HelpExamples = {
  train: [
    '--data my-midis --out runs/band --preset band-cpu --max-minutes 10',
    '--data my-midis --tracks drums,bass,piano --out runs/trio --preset band-cpu',
    '--resume --out runs/band --max-minutes 20',
  ],
  sample: [
    '--model runs/band --bars 16 --seed 7 --out song.mid --wav',
    '--model runs/band --tracks drums,bass --bars 8 --out roll.svg',
    '--model runs/band --primer song.mid --primer-bars 4 --bars 16 --count 3',
    '--model runs/band --given song.mid --tracks drums,33 --bars 16 --out with-drums.mid',
    '--model runs/band --given song.mid --fill "bars 5-8" --tracks bass --out filled.mid',
  ],
  evaluate: ['--model runs/band --data others --samples 20 --out measures.html'],
  score: ['--model runs/band --data song.mid --json'],
  embed: ['--model runs/band song.mid --json'],
  encode: ['song.mid --tracks drums,bass --json', '--model runs/band song.mid'],
  decode: ['- --out song.mid', 'song.mid --out roll.svg'],
  render: ['song.mid --out song.musicxml', 'song.mid --out roll.svg'],
  next: ['--model runs/band --primer song.mid --primer-bars 4'],
  inspect: ['--model runs/band', '--model runs/band --primer song.mid --out steps.html'],
  curve: ['--data my-midis --preset band-cpu --shares 10 100 --out curves/band'],
  search: [
    '--data my-midis --preset band-cpu --minutes 60 --over learning-rate,n-layer --out searches/band',
  ],
  ...examplesOf('band'),
};

/** Examples in the help of `ramble chorales`, whose data files are JSON. */
export const CHORALES_EXAMPLES: HelpExamples = {
  train: ['--data jsb-chorales --out runs/bach', '--resume --out runs/bach --max-steps 4000'],
  sample: [
    '--model runs/bach --count 3 --seed 7',
    '--model runs/bach --seed 7 --out bach.musicxml',
    '--model runs/bach --given melody.mid --out harmonized.mid',
    '--model runs/bach --prompt-file beginning.json --out chorale.mid',
  ],
  evaluate: ['--model runs/bach --data others.json --samples 20 --out measures.html'],
  score: ['--model runs/bach --data chorales.json --json'],
  embed: ['--model runs/bach --prompt-file chorale.json --json'],
  encode: ['chorale.json --json'],
  decode: ['- --out chorale.svg'],
  render: ['chorale.json --out chorale.musicxml'],
  next: ['--model runs/bach --prompt-file beginning.json'],
  inspect: ['--model runs/bach', '--model runs/bach --prompt-file beginning.json --out steps.html'],
  curve: ['--data jsb-chorales --shares 10 100 --out curves/bach'],
  search: [
    '--data jsb-chorales --minutes 30 --over learning-rate,dropout=0:0.1:0.2 --out searches/bach',
  ],
  ...examplesOf('bach'),
};

/** Examples in the help of `ramble anticipation`. */
export const ANTICIPATION_EXAMPLES: HelpExamples = {
  import: ['stanford-crfm/music-medium-800k --out runs/amt'],
  train: [
    '--data my-midis --out runs/any --preset anticipation-cpu --max-minutes 10',
    '--data my-midis --init-from runs/amt --out runs/mine --learning-rate 1e-5',
  ],
  sample: [
    '--model runs/amt --length-seconds 20 --seed 7 --out song.mid --wav',
    '--model runs/amt --primer song.mid --primer-seconds 5 --length-seconds 15 --count 3',
    '--model runs/amt --given melody.mid --tracks piano,bass,drums --out song.mid',
  ],
  evaluate: ['--model runs/amt --data others'],
  score: ['--model runs/amt --data song.mid --json'],
  embed: ['--model runs/amt song.mid --json'],
  encode: ['song.mid --json'],
  decode: ['- --out song.mid', 'song.mid --out roll.svg'],
  next: ['--model runs/amt --primer song.mid --primer-seconds 5'],
  inspect: ['--model runs/amt', '--model runs/amt --primer song.mid --out steps.html'],
  curve: ['--data my-midis --preset anticipation-cpu --shares 10 100 --out curves/any'],
  search: [
    '--data my-midis --preset anticipation-cpu --minutes 60 --over learning-rate --out searches/any',
  ],
  ...examplesOf('amt'),
};

/** Examples in the help of `ramble aria`. */
export const ARIA_EXAMPLES: HelpExamples = {
  import: ['loubb/aria-medium-base --out runs/aria'],
  train: [
    '--data my-midis --init-from runs/aria --lora-rank 16 --out runs/mine',
    '--data my-midis --out runs/small --preset aria-cpu --max-minutes 10',
  ],
  sample: [
    '--model runs/aria --primer song.mid --primer-seconds 15 --length-seconds 30 --out more.mid',
    '--model runs/aria --seed 7 --out song.mid --wav',
  ],
  evaluate: ['--model runs/aria --data others'],
  score: ['--model runs/aria --data song.mid --json'],
  embed: ['--model runs/aria song.mid --json'],
  encode: ['song.mid --json'],
  decode: ['- --out song.mid', 'song.mid --out roll.svg'],
  next: ['--model runs/aria --primer song.mid --primer-seconds 5'],
  inspect: ['--model runs/aria', '--model runs/aria --primer song.mid --out steps.html'],
  curve: ['--data my-midis --preset aria-cpu --shares 10 100 --out curves/small'],
  search: [
    '--data my-midis --preset aria-cpu --minutes 60 --over learning-rate --out searches/small',
  ],
  ...examplesOf('aria'),
};
