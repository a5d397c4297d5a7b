import type { VerbAdvice } from '../verb/verb.js';

/** Verbs of other programs, with ramble's equivalent. */
export const VERB_ALIASES: Readonly<Record<string, string>> = {
  ...{ generate: 'sample', complete: 'sample', predict: 'sample', infer: 'sample' },
  ...{ inference: 'sample', translate: 'sample', summarize: 'sample', generation: 'sample' },
  ...{ summarise: 'sample', compose: 'sample', play: 'sample' },
  ...{ eval: 'evaluate', perplexity: 'evaluate', ppl: 'evaluate', validate: 'evaluate' },
  ...{ tokenize: 'encode', detokenize: 'decode', pretrain: 'train', fit: 'train' },
  ...{ talk: 'chat', converse: 'chat', sweep: 'search', tune: 'search', hyperband: 'search' },
  ...{ server: 'serve', bench: 'engines', benchmark: 'engines', convert: 'import' },
};

/** Domains that the names of verbs imply if no domain is typed. */
export const VERB_DOMAINS: Readonly<Record<string, string>> = {
  ...{ translate: 'translation', summarize: 'summarization', summarise: 'summarization' },
  ...{ compose: 'music', play: 'music' },
};

/** Commands to use for verbs that ramble lacks; `DOMAIN` is a placeholder. */
export const VERB_ADVICE: Readonly<Record<string, VerbAdvice>> = {
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
