/** Examples for the help of `ramble summarization`, by verb: the words after the verb. */
export const HELP_EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  train: [
    '--data debian-synopses --out runs/synopses --preset small',
    '--data news.jsonl --valid valid.jsonl --cut tf-idf --out runs/news',
    '--data news.jsonl --init-from runs/text --out runs/news --preset small',
  ],
  sample: [
    '--model runs/synopses --prompt-file description.txt',
    '--model runs/synopses --prompt-file description.txt --min-new-tokens 5 --n-best 3',
    '--model runs/smollm2 --zero-shot --prompt-file article.txt',
    '--method textrank --summary-sentences 3 --prompt-file article.txt',
  ],
  evaluate: [
    '--model runs/synopses --data test.jsonl --json',
    '--zero-shot --model smollm2-135m-instruct --data test.jsonl --max-examples 100',
  ],
  curve: ['--data debian-synopses --pretrain-steps 2000 --preset curve --out curves/synopses'],
  score: [
    "--model runs/synopses --prompt-file description.txt --output 'a file archiver'",
    '--model runs/synopses --data test.jsonl --json',
  ],
  encode: ["--model runs/synopses 'Ark manages archives.'"],
  decode: ['--model runs/synopses 310 87 401'],
  next: ['--model runs/synopses --prompt-file description.txt'],
  inspect: [
    '--model runs/synopses',
    '--model runs/synopses --prompt-file description.txt --out steps.html',
  ],
  serve: ['--model runs/synopses --port 8080'],
  average: ['--model runs/synopses --count 2 --out runs/synopses-mean'],
  export: ['--model runs/synopses --out models/synopses'],
};
