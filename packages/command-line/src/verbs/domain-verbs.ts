import type { DomainCall, DomainVerb } from '../verb/verb.js';
import type { TrainFlags } from './train/train-flags.js';

/** The verbs of every domain, in the order of the help: `ramble text NAME`. */
export const DOMAIN_VERBS: readonly DomainVerb[] = [
  {
    name: 'train',
    summary: 'Trains a model on data.',
    examples: [
      'DOMAIN train --data book.txt --out runs/book --preset micro --max-minutes 3',
      'DOMAIN train --resume --out runs/book --max-steps 4000',
      'DOMAIN train --data letters.txt --init-from runs/book --out runs/letters --learning-rate 1e-4',
    ],
    load: async () => ({
      ...(await import('./train/train-flags.js')).TRAIN_TABLE,
      run: async (call: DomainCall<TrainFlags>) =>
        (await import('./train/train-program.js')).runTrain(call),
    }),
  },
  {
    name: 'sample',
    summary: 'Generates outputs from a prompt, or from nothing.',
    examples: [
      'DOMAIN sample --model runs/book --temperature 0.8 --top-k 40 --seed 7',
      'DOMAIN sample --model runs/book --prompt-file beginning.txt --count 3 --json',
      'DOMAIN sample --model runs/book --prompt-lines prompts.txt --num-beams 4 --n-best 2',
      'DOMAIN sample --model runs/book --logit-bias 12=-2 --logit-bias 7=-inf --prompt-lookup 8',
    ],
    load: async () => (await import('./sample/sample-program.js')).sampleProgram,
  },
  {
    name: 'chat',
    summary: 'Talks with an instruct model, in the terminal or through a pipe.',
    examples: [
      'DOMAIN chat --model runs/smollm2',
      "DOMAIN chat --model runs/smollm2 --system 'You are a ship.' --temperature 0 < questions.txt",
      'DOMAIN chat --model runs/smollm2 --json-schema person.json < questions.txt',
    ],
    needs: {
      part: 'streamOutput',
      domain: 'a domain whose outputs are text (streamOutput)',
      instead: 'sample',
    },
    load: async () => (await import('./chat/chat-program.js')).chatProgram,
  },
  {
    name: 'evaluate',
    summary: 'Measures a model on data and compares it with baselines.',
    examples: [
      'DOMAIN evaluate --model runs/book --data other.txt --stride 32 --json',
      'DOMAIN evaluate --model runs/book --data lambada.jsonl --last-word',
      'DOMAIN evaluate --model smollm2-135m-instruct --data arc-easy.parquet --choices',
    ],
    load: async () => (await import('./evaluate/evaluate-program.js')).evaluateProgram,
  },
  {
    name: 'curve',
    summary: 'Trains on shares of the data, from scratch or from a run, and plots the scores.',
    examples: [
      'DOMAIN curve --data pairs.jsonl --valid valid.jsonl --init-from runs/text --out curves/pairs',
      'DOMAIN curve --data pairs.jsonl --valid valid.jsonl --shares 10 100 --out curves/pairs',
    ],
    load: async () => (await import('./curve/curve-program.js')).curveProgram,
  },
  {
    name: 'search',
    summary: 'Searches settings of train: trains candidates, halves them by rank, and reports.',
    examples: [
      'DOMAIN search --data book.txt --minutes 60 --over learning-rate,batch-size,n-layer --out searches/book',
      'DOMAIN search --data book.txt --max-steps 2000 --over learning-rate=0.001:0.004,dropout=0:0.2 --out searches/rate',
    ],
    load: async () => (await import('./search/search-program.js')).searchProgram,
  },
  {
    name: 'score',
    summary: 'Prints how likely a model finds the given outputs.',
    examples: ["DOMAIN score --model runs/book --prompt 'Call me' --output ' Ishmael.' --json"],
    load: async () => (await import('./score/score-program.js')).scoreProgram,
  },
  {
    name: 'embed',
    summary: 'Turns prompts into vectors that can be compared.',
    examples: ["DOMAIN embed --model runs/book --prompt 'Call me' --prompt 'My name is' --json"],
    load: async () => (await import('./embed/embed-program.js')).embedProgram,
  },
  {
    name: 'encode',
    summary: 'Shows token ids and what each one means.',
    examples: ["DOMAIN encode --model runs/book 'Call me' --json"],
    load: async () => (await import('./encode/encode-program.js')).encodeProgram,
  },
  {
    name: 'decode',
    summary: 'Turns token ids back into an output.',
    examples: ['DOMAIN decode --model runs/book 12 7 31'],
    load: async () => (await import('./decode/decode-program.js')).decodeProgram,
  },
  {
    name: 'render',
    summary: 'Converts a piece to sound, sheet music or a picture, without a model.',
    examples: ['DOMAIN render song.mid --out song.musicxml'],
    needs: {
      part: 'rendering',
      domain: 'a domain of pieces that can be converted (rendering)',
      instead: 'decode',
    },
    load: async () => (await import('./decode/decode-program.js')).renderProgram,
  },
  {
    name: 'duet',
    summary: 'Plays with you in turns, over a virtual MIDI port.',
    examples: ['DOMAIN duet --model runs/piano --rest-seconds 0.5'],
    needs: {
      part: 'duet',
      domain: 'a domain whose models play live (duet)',
      instead: 'sample',
    },
    load: async () => (await import('./duet/duet-program.js')).duetProgram,
  },
  {
    name: 'next',
    summary: 'Shows the most likely next tokens.',
    examples: ["DOMAIN next --model runs/book --prompt 'Call me' --count 5"],
    load: async () => (await import('./next/next-program.js')).nextProgram,
  },
  {
    name: 'inspect',
    summary: 'Shows the parameters of a model, the facts of a run, and every step of a prompt.',
    examples: [
      'DOMAIN inspect --model runs/book',
      "DOMAIN inspect --model runs/book --prompt 'Call me' --layer 2 --head 1",
      "DOMAIN inspect --model runs/book --prompt 'Call me' --out call-me.html",
      'DOMAIN inspect --preset gpt2',
    ],
    load: async () => (await import('./inspect/inspect-program.js')).inspectProgram,
  },
  {
    name: 'serve',
    summary: "Serves a model over OpenAI's protocols of completions, chats and embeddings.",
    examples: ['DOMAIN serve --model runs/book --port 8080'],
    load: async () => (await import('./serve/serve-program.js')).domainServeProgram,
  },
  {
    name: 'merge',
    summary: 'Makes an ordinary run of a run with LoRA adapters.',
    examples: ['DOMAIN merge --model runs/tuned --out runs/merged'],
    load: async () => (await import('./merge/merge-programs.js')).mergeProgram,
  },
  {
    name: 'average',
    summary: 'Averages several checkpoints into a new run.',
    examples: [
      'DOMAIN average --model runs/book --out runs/book-mean',
      'DOMAIN average --model runs/book --count 2 --by best --out runs/book-mean',
    ],
    load: async () => (await import('./merge/merge-programs.js')).averageProgram,
  },
  {
    name: 'import',
    summary: 'Imports a model as a run: a Hugging Face folder, a GGUF file, or a name.',
    examples: [
      'DOMAIN import smollm2-135m-instruct --out runs/smollm2',
      'DOMAIN import Qwen/Qwen3-0.6B --out runs/qwen --weights f16',
      'DOMAIN import model.gguf --out runs/model',
      'data list',
    ],
    needs: { part: 'huggingFace', domain: 'a domain of Hugging Face tokenizers (huggingFace)' },
    load: async () => (await import('./import/import-program.js')).importProgram,
  },
  {
    name: 'export',
    summary: 'Exports a model as a folder that Hugging Face libraries load, or a GGUF file.',
    examples: [
      'DOMAIN export --model runs/book --out models/book',
      'DOMAIN export --model runs/book --format gguf --weights q8_0 --out book.gguf',
    ],
    load: async () => (await import('./export/export-program.js')).exportProgram,
  },
];
