import type { FlagTable } from '../../cli/flag.js';
import { MODEL_FLAGS, type ModelFlags } from '../../model/model-flags.js';

export interface ServeFlags extends ModelFlags {
  readonly domain?: string;
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly batchSize: number;
  readonly queueSize: number;
  readonly timeoutSeconds: number;
}

export const SERVE_FLAGS: FlagTable<ServeFlags> = {
  ...MODEL_FLAGS,
  domain: {
    kind: 'string',
    placeholder: './mine.js',
    derived: "the run's, where it comes with ramble",
    description: 'A file or package of yours whose default export is the App of the run.',
  },
  host: {
    kind: 'string',
    placeholder: 'address',
    default: '127.0.0.1',
    description:
      'Where to listen: the default is reached from this machine alone, 0.0.0.0 from all.',
  },
  port: { kind: 'integer', min: 0, max: 65535, default: 8080, description: '0 for any free one.' },
  apiKey: {
    kind: 'string',
    placeholder: 'key',
    derived: 'RAMBLE_API_KEY of the environment, which other users cannot see; else none',
    description: 'What clients must send.',
  },
  batchSize: {
    kind: 'integer',
    min: 1,
    default: 16,
    description: 'Outputs that are written side by side.',
  },
  queueSize: {
    kind: 'integer',
    min: 0,
    default: 64,
    description: 'Outputs that may wait for a place; requests beyond that get the status 429.',
  },
  timeoutSeconds: {
    kind: 'number',
    min: 0,
    exclusive: 'min',
    max: 86_400,
    default: 300,
    description: 'The longest that a request may take, waiting and all.',
  },
};
