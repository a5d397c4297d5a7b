/**
 * What `npm run arrows` checks: no circle of files, those of types alone included, and the order of the
 * rooms inside core, lowest first: a room imports those before it alone.
 */
const CORE_ROOMS = [
  ...[
    'random',
    'files',
    'settings',
    'ops',
    'parameters',
    'attention',
    'norm',
    'mlp',
    'positions',
    'config',
    'model',
  ],
  ...['domain', 'training', 'sampling', 'scheduling', 'engine', 'app'],
];
const CORE = '^packages/core/src';

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
      name: 'core-rooms-are-listed',
      comment: 'A new room gets its place in the order above.',
      severity: 'error',
      from: { path: `${CORE}/index\\.ts$` },
      to: { path: `${CORE}/`, pathNot: `${CORE}/(${CORE_ROOMS.join('|')})/` },
    },
    ...CORE_ROOMS.slice(0, -1).map((room, i) => ({
      name: `core-${room}-is-below`,
      comment: `In core, ${room} imports only rooms below it.`,
      severity: 'error',
      from: { path: `${CORE}/${room}/` },
      to: { path: `${CORE}/(${CORE_ROOMS.slice(i + 1).join('|')})/` },
    })),
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
