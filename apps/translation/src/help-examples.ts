/** Examples for the help of `ramble translation`, by verb: the words after the verb. */
export const HELP_EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  train: [
    '--data debian-en-fr --out runs/en-fr --preset small',
    '--source train.de --target train.en --out runs/de-en --preset small',
    '--data pairs.tsv --init-from runs/en-fr --out runs/mine --learning-rate 1e-4',
  ],
  sample: [
    "--model runs/en-fr 'Text editor for programmers'",
    "--model runs/en-fr --n-best 4 --forced-prefix 'éditeur' 'text editor'",
    '--model runs/en-fr --prompt-lines lines.en --num-beams 1',
    "--model runs/smollm2 --zero-shot --to fr 'text editor'",
  ],
  evaluate: [
    '--model runs/en-fr --source test.en --target test.fr',
    '--model runs/en-fr --data pairs.tsv --json',
  ],
  curve: [
    '--data pairs.jsonl --valid valid.jsonl --init-from runs/text --out curves/pairs',
    '--data debian-en-fr --shares 10 100 --preset tiny --out curves/en-fr',
  ],
  score: [
    "--model runs/en-fr --prompt 'text editor' --output 'éditeur de texte'",
    '--model runs/en-fr --data pairs.tsv --json',
  ],
  encode: ["--model runs/en-fr 'text editor'"],
  decode: ['--model runs/en-fr 310 87 401'],
  next: ["--model runs/en-fr --prompt 'text editor' --forced-prefix 'éditeur'"],
  inspect: [
    '--model runs/en-fr',
    "--model runs/en-fr --prompt 'text editor' --forced-prefix 'éditeur de texte' --attention-picture grid.svg",
  ],
  serve: ['--model runs/en-fr --port 8080'],
  average: ['--model runs/en-fr --count 2 --out runs/en-fr-mean'],
  export: ['--model runs/en-fr --out models/en-fr'],
};
