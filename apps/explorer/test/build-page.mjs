import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { PAGE } from './serve-page.mjs';

/** Bundles the page that the tests open, once before all of them. */
export default function buildPage() {
  execFileSync(process.execPath, [join(import.meta.dirname, '../build.mjs'), PAGE], {
    stdio: 'inherit',
  });
}
