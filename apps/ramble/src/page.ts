import { fileURLToPath } from 'node:url';

/** The folder of the Explorer's page, as its package is built. */
export const PAGE = fileURLToPath(
  new URL('dist/page', import.meta.resolve('@ramble/explorer-app/package.json')),
);
