// `npm run publint`: checks each package's exports as npm would publish them, and that none runs a
// script when it is installed.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const root = join(import.meta.dirname, '..');
let problems = 0;
for (const group of ['packages', 'apps']) {
  for (const name of readdirSync(join(root, group))) {
    const pkgDir = join(root, group, name);
    if (!existsSync(join(pkgDir, 'package.json'))) continue;
    const { messages, pkg } = await publint({ pkgDir, strict: true });
    for (const message of messages) {
      console.error(`${group}/${name}: ${formatMessage(message, pkg, { color: false })}`);
    }
    problems += messages.length;
    for (const script of ['preinstall', 'install', 'postinstall']) {
      if (pkg.scripts?.[script] === undefined) continue;
      console.error(`${group}/${name}: expected no script of installation, got ${script}`);
      problems++;
    }
  }
}
if (problems > 0) process.exitCode = 1;
