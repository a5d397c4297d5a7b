import type { DomainVerb, PlainVerb } from '../cli/verb.js';

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
    load: async () => (await import('./train/train-program.js')).trainProgram,
  },
];

/** The verbs without a domain: `ramble NAME`. */
export const PLAIN_VERBS: readonly PlainVerb[] = [];
