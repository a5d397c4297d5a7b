/**
 * What `npm run arrows` checks: no circle of files, those of types alone included, and the order of the
 * rooms inside a package, lowest first: a room imports those before it alone.
 */
const ROOMS = {
  core: [
    ...['random', 'files', 'settings', 'ops', 'parameters', 'program', 'attention', 'norm', 'mlp'],
    ...['positions', 'config', 'model', 'domain', 'training', 'sampling', 'scheduling', 'engine'],
    ...['study', 'app'],
  ],
  node: ['files', 'addon', 'matchers', 'testing'],
  parallel: ['ranks', 'strategies', 'mpi'],
  runs: [
    ...['safetensors', 'storage', 'weights', 'checkpoint', 'run', 'hugging-face', 'gguf', 'node'],
  ],
  'runs/src/gguf': ['format', 'model', 'tokenizer'],
  'command-line': [
    ...['format', 'verb', 'data', 'content', 'model', 'outputs', 'report', 'hugging-face'],
    ...['module', 'cli', 'verbs'],
  ],
};

export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files that need one another are one thing, or one holds what belongs to neither.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'verbs-are-handed',
      comment: 'A verb needs nothing of the frame that runs it, and the frame is handed its verbs.',
      severity: 'error',
      from: { path: '^packages/command-line/src/verbs/' },
      to: { path: '^packages/command-line/src/cli/' },
    },
    ...Object.entries(ROOMS).flatMap(([name, rooms]) => orderOf(name, rooms)),
  ],
  options: {
    tsPreCompilationDeps: true, // types too
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      conditionNames: ['@ramble/source', 'import', 'default'],
      exportsFields: ['exports'],
    },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(\\.spec\\.ts$|/dist/|/out-tsc/)' },
  },
};

/** The rules that hold a package to the order of its rooms. */
function orderOf(name, rooms) {
  const source = `^packages/${name.includes('/') ? name : `${name}/src`}`;
  return [
    {
      name: `${name}-rooms-are-listed`,
      comment: 'A new room gets its place in the order above.',
      severity: 'error',
      from: { path: `${source}/` },
      to: { path: `${source}/[^/]+/`, pathNot: `${source}/(${rooms.join('|')})/` },
    },
    ...rooms.slice(0, -1).map((room, i) => ({
      name: `${name}-${room}-is-below`,
      comment: `In ${name}, ${room} imports only rooms below it.`,
      severity: 'error',
      from: { path: `${source}/${room}/` },
      to: { path: `${source}/(${rooms.slice(i + 1).join('|')})/` },
    })),
  ];
}
