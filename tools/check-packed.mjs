// `npm run check:packed`: installs the packages as npm would publish them into an empty folder.
// Compiles and runs the TypeScript of every README and of some pages there, and a CommonJS
// module's, and starts the command. If one of their lines ends with `// prints …`, that is a line
// of its program's output. Finally, it makes a domain by `ramble new-domain`, runs the commands of
// its README, and runs its contract test in vitest too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageFolders } from './manifests.mjs';
import { packPackages, runCommand } from './pack-packages.mjs';

/** The last version that runs on Node 20. */
const VITEST = '3.2.7';

/** Packages whose programs are only compiled: their engine is not installed with them. */
const COMPILED_ONLY = ['packages-tensorflow-README-md'];

/** Pages with complete programs, as in READMEs. */
const PAGES = [
  ...['docs/illustrated-gpt2.md', 'docs/library.md'],
  ...['docs/dev/packages.md', 'docs/dev/recipes.md'],
];

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'ramble-packed-'));
try {
  const tarballs = packPackages(join(folder, 'tarballs'), packageFolders());
  install(tarballs);
  for (const [name, code] of examples()) runExample(name, code);
  runCommonJs();
  const help = runCommand('npx', ['--no-install', 'ramble', '--help'], folder);
  if (!help.includes('ramble text'))
    throw new Error(`ramble --help: expected its verbs, got ${help}`);
  console.log('ramble --help: answers from the packed command');
  await checkNewDomain('shells');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function install(tarballs) {
  const dependencies = { ...tarballs, vitest: VITEST };
  const manifest = { name: 'packed', private: true, type: 'module', dependencies };
  // The packages depend on one another by version, and these are the versions.
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, overrides: tarballs }));
  runCommand(
    'npm',
    // Strict: no package may require a newer Node than ramble does.
    [
      'install',
      '--ignore-scripts',
      '--engine-strict',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
    ],
    folder,
  );
  console.log(`installed ${Object.keys(tarballs).length} packed packages`);
}

/** Checks a new domain outside the repository: every command of its README, and its test in vitest. */
async function checkNewDomain(name) {
  runCommand('npx', ['--no-install', 'ramble', 'new-domain', name], folder);
  const home = join(folder, name);
  const [, block] = /^```sh\n(.*?)^```$/ms.exec(readFileSync(join(home, 'README.md'), 'utf8'));
  for (const command of block.trimEnd().split('\n')) {
    if (command === 'npm install') continue; // no registry has this version, but the folder above has it installed
    if (command.includes(' serve ')) {
      await checkServer(command, home);
      console.log(`${name}: ${command}`);
      continue;
    }
    const printed = runCommand('bash', ['-c', command], home);
    if (printed === '') throw new Error(`${command}: it printed nothing`);
    console.log(`${name}: ${command}`);
  }
  const test = readFileSync(join(home, 'domain.test.js'), 'utf8');
  const globals = test
    .replace("import { describe, it } from 'node:test';\n", '')
    .replace(/ {2}\{ describe, it \},.*\n/, '');
  writeFileSync(join(home, 'domain.spec.js'), globals);
  const printed = runCommand(
    'npx',
    ['--no-install', 'vitest', 'run', '--globals', 'domain.spec.js'],
    home,
  );
  if (!/Tests.* passed/.test(printed)) {
    throw new Error(`vitest: expected tests that passed, got ${printed}`);
  }
  console.log(`${name}: its contract test passes in vitest`);
}

/** Returns every `ts` block of READMEs and pages with its name. */
function examples() {
  const readmes = [
    'README.md',
    ...PAGES,
    ...['packages', 'apps'].flatMap((parent) =>
      readdirSync(join(root, parent)).map((name) => `${parent}/${name}/README.md`),
    ),
  ];
  return readmes.flatMap((readme) => {
    const text = readFileSync(join(root, readme), 'utf8');
    const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)];
    return blocks.map(([, code], i) => [`${readme.replaceAll(/\W+/g, '-')}-${i + 1}`, code]);
  });
}

/** Checks TypeScript in a CommonJS module: Node's `require` loads ES modules. */
function runCommonJs() {
  const code = "import { corpusBleu } from '@ramble/metrics';\nconsole.log(typeof corpusBleu);\n";
  writeFileSync(join(folder, 'common.cts'), code);
  compile('common.cts');
  const printed = runCommand(process.execPath, ['common.cjs'], folder).trim();
  if (printed !== 'function') throw new Error(`common.cjs: expected function, got ${printed}`);
  console.log('common.cts: a CommonJS module compiles, and requires what it imports');
}

function compile(file) {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const types = join(root, 'node_modules/@types');
  const options = '--strict --module nodenext --target es2022 --skipLibCheck --types node';
  runCommand(
    process.execPath,
    [compiler, file, ...options.split(' '), '--typeRoots', types],
    folder,
  );
}

function runExample(name, code) {
  writeFileSync(join(folder, `${name}.ts`), code);
  compile(`${name}.ts`);
  if (COMPILED_ONLY.some((prefix) => name.startsWith(prefix))) {
    console.log(`${name}: compiles`);
    return;
  }
  const printed = runCommand(process.execPath, [`${name}.js`], folder).split('\n');
  for (const [, line] of code.matchAll(/ \/\/ prints (.*)$/gm)) {
    if (printed.includes(line)) continue;
    throw new Error(`${name}: expected a line ${line}, got ${printed.join('\n')}`);
  }
  console.log(`${name}: compiles and runs`);
}

/** Starts a server with a page's command, requests its models, and stops it as Ctrl-C does. */
async function checkServer(command, home) {
  const options = { cwd: home, detached: true, stdio: ['ignore', 'pipe', 'pipe'] };
  const child = spawn('bash', ['-c', `exec ${command} --port 0 2>&1`], options);
  const ended = once(child, 'exit');
  try {
    let printed = '';
    for await (const part of child.stdout) {
      printed += part;
      const [address] = /http:\/\/[^\s]+\/v1/.exec(printed) ?? [];
      if (address === undefined) continue;
      const { ok, status } = await fetch(`${address}/models`);
      if (!ok) throw new Error(`${command}: expected its models, got status ${status}`);
      return;
    }
    throw new Error(`${command}: expected an address, got ${printed}`);
  } finally {
    if (child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await ended;
  }
}
