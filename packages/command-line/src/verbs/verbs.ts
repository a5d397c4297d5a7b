import type { PlainVerb, VerbAdvice, VerbGroup, Verbs } from '../verb/verb.js';
import { DOMAIN_VERBS } from './domain-verbs.js';

/** The verbs without a domain: `ramble NAME`. */
const PLAIN_VERBS: readonly PlainVerb[] = [
  {
    name: 'engines',
    summary: 'Lists the engines of this machine and how fast each of them is.',
    examples: ['engines --json'],
    load: async () => (await import('./engines/engines-program.js')).enginesProgram,
  },
  {
    name: 'scale',
    summary: 'Estimates what training on several machines would take.',
    examples: [
      'scale --preset gpt2 --ranks 64 --network 25',
      'scale --model runs/book --ranks 4 --network 1',
    ],
    load: async () => (await import('./scale/scale-program.js')).scaleProgram,
  },
  {
    name: 'data',
    summary: 'Lists the corpora and models that have a name, or downloads one.',
    examples: ['data list', 'data show moby-dick', 'data get moby-dick', 'data get gpt2'],
    load: async () => (await import('./data/data-program.js')).dataProgram,
  },
  {
    name: 'serve',
    summary: "Serves a model over OpenAI's protocols of completions, chats and embeddings.",
    examples: [
      'serve --model runs/book --port 8080',
      'serve --model runs/book --port 0 --json',
      'serve --model runs/birds --domain ./domain.js',
    ],
    load: async () => (await import('./serve/serve-program.js')).serveProgram,
  },
  {
    name: 'explore',
    summary: 'Shows models and watches trainings on a page in the browser.',
    examples: [
      'explore --model runs/book',
      'explore --runs runs --no-open',
      'explore --model runs/book --model runs/birds --domain ./domain.js --port 0',
    ],
    load: async () => (await import('./explore/explore-program.js')).exploreProgram,
  },
  {
    name: 'completion',
    summary: 'Prints a completion script for bash, zsh, fish or PowerShell.',
    examples: ['completion bash'],
    load: async () => (await import('./completion/completion-program.js')).completionProgram,
  },
  {
    name: 'new-domain',
    summary: 'Creates a package with a sample domain to build on.',
    examples: ['new-domain birds'],
    load: async () => (await import('./new-domain/new-domain-program.js')).newDomainProgram,
  },
];

/** Verbs of a kind, without a domain: `ramble GROUP NAME`. */
const VERB_GROUPS: readonly VerbGroup[] = [
  {
    name: 'metrics',
    summary: 'Scores texts against references: BLEU, chrF, TER, ROUGE.',
    verbs: [
      {
        name: 'bleu',
        summary: 'Prints BLEU as sacreBLEU computes it.',
        examples: [
          'metrics bleu --reference ref.txt --hypothesis out.txt',
          'metrics bleu --reference a.txt b.txt --hypothesis out.txt --lowercase --json',
          'metrics bleu --reference ref.txt --hypothesis before.txt after.txt --paired-bs',
        ],
        load: async () => (await import('./metrics/metric-programs.js')).bleuProgram,
      },
      {
        name: 'chrf',
        summary: 'Prints chrF or chrF++ as sacreBLEU computes it.',
        examples: ['metrics chrf --reference ref.txt --hypothesis out.txt --word-order 2'],
        load: async () => (await import('./metrics/metric-programs.js')).chrfProgram,
      },
      {
        name: 'ter',
        summary: 'Prints the translation edit rate as sacreBLEU computes it.',
        examples: ['metrics ter --reference ref.txt --hypothesis out.txt --normalized'],
        load: async () => (await import('./metrics/metric-programs.js')).terProgram,
      },
      {
        name: 'rouge',
        summary: 'Prints ROUGE-1, 2, L and Lsum as rouge-score computes them.',
        examples: [
          'metrics rouge --reference ref.txt --hypothesis out.txt --stemmer --json',
          "metrics rouge --reference ref.txt --hypothesis out.txt --sentence-separator '<n>'",
        ],
        load: async () => (await import('./metrics/metric-programs.js')).rougeProgram,
      },
    ],
  },
];

/** Verbs of other programs, with ramble's equivalent. */
const VERB_ALIASES: Readonly<Record<string, string>> = {
  ...{ generate: 'sample', complete: 'sample', predict: 'sample', infer: 'sample' },
  ...{ inference: 'sample', translate: 'sample', summarize: 'sample', generation: 'sample' },
  ...{ summarise: 'sample', compose: 'sample', play: 'sample' },
  ...{ eval: 'evaluate', perplexity: 'evaluate', ppl: 'evaluate', validate: 'evaluate' },
  ...{ tokenize: 'encode', detokenize: 'decode', pretrain: 'train', fit: 'train' },
  ...{ talk: 'chat', converse: 'chat', sweep: 'search', tune: 'search', hyperband: 'search' },
  ...{ server: 'serve', bench: 'engines', benchmark: 'engines', convert: 'import' },
};

/** Domains that the names of verbs imply if no domain is typed. */
const VERB_DOMAINS: Readonly<Record<string, string>> = {
  ...{ translate: 'translation', summarize: 'summarization', summarise: 'summarization' },
  ...{ compose: 'music', play: 'music' },
};

/** Commands to use for verbs that ramble lacks; `DOMAIN` is a placeholder. */
const VERB_ADVICE: Readonly<Record<string, VerbAdvice>> = {
  run: ['ramble DOMAIN sample --model RUN --prompt TEXT', 'it needs no server'],
  finetune: [
    'ramble DOMAIN train --init-from RUN --data FILE --out NEW',
    'tuning is training that begins with the model of a run',
  ],
  prepare: ['ramble DOMAIN train --data FILE --out RUN', 'train reads text as it is'],
  quantize: [
    'ramble DOMAIN sample --model RUN --weights int8',
    'weights are rounded where a model is opened; export --weights q8_0 writes a GGUF file of 8 bits',
  ],
  create: ['ramble new-domain NAME', 'it makes a package with a domain to build on'],
  init: ['ramble new-domain NAME', 'it makes a package with a domain to build on'],
  pull: ['ramble data get NAME', 'ramble data list has the names'],
  download: ['ramble data get NAME', 'ramble data list has the names'],
  list: ['ramble data list', 'it has texts and models by name'],
  models: ['ramble data list', 'it has texts and models by name'],
  datasets: ['ramble data list', 'it has texts and models by name'],
};

/** The verbs of `ramble`, for `runCli`; each is loaded when it is typed. */
export const VERBS: Verbs = {
  ofDomains: DOMAIN_VERBS,
  plain: PLAIN_VERBS,
  groups: VERB_GROUPS,
  aliases: VERB_ALIASES,
  advice: VERB_ADVICE,
  domains: VERB_DOMAINS,
  firstExample: 'DOMAIN train --data moby-dick --out runs/whale --max-minutes 3',
};
