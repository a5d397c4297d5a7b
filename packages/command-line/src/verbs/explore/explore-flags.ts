import { ENGINE_FLAG, type Flags, type FlagValues, REPEATED } from '../../verb/flag.js';
import { SERVE_FLAGS } from '../serve/serve-flags.js';

export const EXPLORE_FLAGS = {
  model: {
    ...REPEATED,
    basic: true,
    placeholder: 'run',
    names: 'model',
    derived: 'none; the page opens the models of --runs',
    description:
      "A run's folder, for its best checkpoint, or RUN/checkpoints/STEP; repeat the flag for several.",
  },
  runs: {
    kind: 'string',
    basic: true,
    placeholder: 'folder',
    derived: 'the folder runs, if it exists',
    description: 'A folder of runs to watch, compare, stop, resume and open.',
  },
  domain: {
    ...REPEATED,
    placeholder: './mine.js',
    derived: 'the domains that come with ramble',
    description:
      'A file or package of yours whose default export is the App of a run; repeat the flag for several.',
  },
  host: {
    ...SERVE_FLAGS.host,
    description:
      'Address to listen on: the default accepts connections from this machine only; any other requires --api-key.',
  },
  port: SERVE_FLAGS.port,
  apiKey: {
    ...SERVE_FLAGS.apiKey,
    derived: 'RAMBLE_API_KEY of the environment; else a token that is new at each start',
    description: 'The key that the page and clients of the API must send.',
  },
  open: {
    kind: 'boolean',
    default: true,
    description: 'Open the page in the browser, if the command runs in a terminal on a display.',
  },
  export: {
    kind: 'string',
    basic: true,
    placeholder: 'folder',
    derived: 'none; the page is served until Ctrl-C',
    description:
      'Write the page and the models of --model as files for any web server; the models run in the browser of each visitor.',
  },
  weights: SERVE_FLAGS.weights,
  activations: SERVE_FLAGS.activations,
  ...ENGINE_FLAG,
} as const satisfies Flags;

/** Flags of `ramble explore`. */
export type ExploreFlags = FlagValues<typeof EXPLORE_FLAGS>;
