// `npm run check:packed [-- --all]`: installs the packages as npm would publish them into an empty folder.
// Compiles and runs the TypeScript of every README and of some pages there, and a CommonJS
// module's, and starts the command. If one of their lines ends with `// prints …`, that is a line
// of its program's output. Finally, it makes a domain by `ramble new-domain`, runs the commands of
// its README, and runs its contract test in vitest too. With --all it also installs the addons as on each other system.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ADDONS } from './addons/addons.mjs';
import { TARGETS } from './addons/targets.mjs';
import { packageFolders } from './manifests.mjs';
import { packPackages, runCommand } from './pack-packages.mjs';

/** The last version of vitest that runs on Node 20. */
const VITEST = '3.2.7';

/** Programs that are compiled but not run, because their engine is not installed with the packages. */
const COMPILED_ONLY = ['packages-tensorflow-README-md'];

/** Pages with complete programs, as in READMEs. */
const PAGES = [
  ...['docs/illustrated-gpt2.md', 'docs/library.md'],
  ...['docs/dev/packages.md', 'docs/dev/recipes.md'],
];

/** Words of `npm install`. With `--engine-strict` it fails if a package requires a newer Node than ramble does. */
const INSTALL = [
  'install',
  '--ignore-scripts',
  '--engine-strict',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
];

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'ramble-packed-'));
try {
  const { packages, systems } = packPackages(join(folder, 'tarballs'), packageFolders());
  install(packages, systems);
  if (process.argv.includes('--all')) checkSystems(packages, systems);
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

function install(packages, systems) {
  const dependencies = { ...packages, vitest: VITEST };
  const manifest = { name: 'packed', private: true, type: 'module', dependencies };
  // The packages depend on one another by version, and these are the versions.
  const overrides = { ...packages, ...systems };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, overrides }));
  runCommand('npm', INSTALL, folder);
  console.log(`installed ${Object.keys(packages).length} packed packages`);
}

/** Checks that npm gives each system its own binary of every addon and no other one. */
function checkSystems(packages, systems) {
  const expected = ADDONS.flatMap(({ name: addon, folder: home }) => {
    const { name } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    const own = TARGETS.filter((target) => target.zig && target.addons.includes(addon));
    return own.map((target) => ({ target, name, binary: `${name}-${target.name}` }));
  });
  if (!expected.every(({ binary }) => binary in systems)) {
    console.log(
      'native: SKIPPED the packages of other systems, which are not built; run npm run prebuild -- --all',
    );
    return;
  }
  for (const target of TARGETS) {
    const own = expected.filter((each) => each.target === target);
    const home = join(folder, target.name);
    mkdirSync(home);
    const names = ['@ramble/native', '@ramble/parallel'];
    const dependencies = Object.fromEntries(names.map((name) => [name, packages[name]]));
    const overrides = { ...packages, ...systems };
    writeFileSync(
      join(home, 'package.json'),
      JSON.stringify({ private: true, dependencies, overrides }),
    );
    const { os, cpu, libc } = target;
    const system = [`--os=${os}`, `--cpu=${cpu}`, ...(libc ? [`--libc=${libc}`] : [])];
    runCommand('npm', [...INSTALL, ...system], home);
    const got = readdirSync(join(home, 'node_modules/@ramble')).filter((name) =>
      /-(linux|darwin|win32)-/.test(name),
    );
    const wanted = own.map(({ binary }) => binary.replace('@ramble/', ''));
    if (got.sort().join() !== wanted.sort().join()) {
      throw new Error(`${target.name}: expected the packages ${wanted}, got ${got}`);
    }
    console.log(`${target.name}: npm installs ${wanted.join(' and ') || 'no other binary'}`);
  }
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
