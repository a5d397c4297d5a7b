import { COUNT, type Flags, type FlagValues, POSITIVE, REPEATED } from '../../verb/flag.js';
import { DECODING_FLAGS } from '../../model/open-model.js';

export const SERVE_FLAGS = {
  ...DECODING_FLAGS,
  adapter: {
    ...REPEATED,
    placeholder: 'name=run',
    description:
      'A run of LoRA adapters of the model, which requests choose by this name as their model; repeat the flag for several.',
  },
  host: {
    kind: 'string',
    basic: true,
    placeholder: 'address',
    default: '127.0.0.1',
    description:
      'Address to listen on: the default accepts connections from this machine only, 0.0.0.0 from any.',
  },
  port: {
    kind: 'integer',
    basic: true,
    min: 0,
    max: 65535,
    default: 8080,
    description: 'Port to listen on; 0 for any free one.',
  },
  apiKey: {
    kind: 'string',
    basic: true,
    placeholder: 'key',
    derived: 'the environment variable RAMBLE_API_KEY, which other users cannot see; else none',
    description: 'The key that clients must send.',
  },
  allowedHost: {
    ...REPEATED,
    placeholder: 'name',
    derived: 'localhost, and the name of --host',
    description:
      'A host name that a server without a key answers to, or * for any; repeat the flag for several.',
  },
  corsOrigin: {
    ...REPEATED,
    placeholder: 'origin',
    description:
      'A site whose pages may call the server from a browser: https://example.com, or * for any.',
  },
  batchSize: {
    ...COUNT,
    default: 16,
    description: 'Maximum number of outputs and beams in one batch.',
  },
  queueSize: {
    kind: 'integer',
    min: 0,
    default: 64,
    description:
      'Maximum number of outputs and beams that wait for a slot; further requests get the status 429.',
  },
  timeoutSeconds: {
    ...POSITIVE,
    max: 86_400,
    default: 300,
    description: 'Maximum seconds that a request takes, waiting included.',
  },
  graceSeconds: {
    kind: 'number',
    min: 0,
    max: 86_400,
    default: 25,
    description: 'Seconds that Ctrl-C and SIGTERM wait for running requests.',
  },
} as const satisfies Flags;

/** Flags of `ramble <domain> serve`. */
export type ServeFlags = FlagValues<typeof SERVE_FLAGS>;

export const ANY_SERVE_FLAGS = {
  domain: {
    kind: 'string',
    basic: true,
    placeholder: './mine.js',
    derived: "the run's, if it comes with ramble",
    description: 'A file or package of yours whose default export is the App of the run.',
  },
  ...SERVE_FLAGS,
} as const satisfies Flags;

/** Flags of `ramble serve`. */
export type AnyServeFlags = FlagValues<typeof ANY_SERVE_FLAGS>;
