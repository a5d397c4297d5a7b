// `npm run publint`: checks each package's exports as npm would publish them, that its manifest has the common
// fields, and that it runs no script when it is installed.
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

import { lackOf, packageFolders } from './manifests.mjs';

const root = join(import.meta.dirname, '..');
let problems = 0;
const report = (folder, problem) => {
  console.error(`${folder}: ${problem}`);
  problems++;
};
for (const folder of packageFolders()) {
  const { messages, pkg } = await publint({ pkgDir: join(root, folder), strict: true });
  for (const message of messages) report(folder, formatMessage(message, pkg, { color: false }));
  for (const lack of lackOf(folder)) report(folder, lack);
  for (const script of ['preinstall', 'install', 'postinstall']) {
    if (pkg.scripts?.[script] === undefined) continue;
    report(folder, `expected no script of installation, got ${script}`);
  }
}
if (problems > 0) process.exitCode = 1;
