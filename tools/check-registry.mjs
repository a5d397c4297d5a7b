// `npm run check:registry`: publishes the packages to a registry on this machine (verdaccio), and uses them as
// docs/install.md says: `npx @ramble/cli` and `npm install --global` on Node, and the same with Bun and Deno, each
// in an empty home without a compiler on PATH. Each trains, with the engine `native`, and samples from the run.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { packageFolders } from './manifests.mjs';
import { packPackages, runCommand } from './pack-packages.mjs';
import { installed } from './peers/installed.mjs';
import { CAN_RUN, commandOf, RUNTIMES } from './runtimes.mjs';

const VERDACCIO = {
  name: 'verdaccio',
  version: '6.10.4',
  others: [],
  main: 'bin/verdaccio',
  omit: [],
};
const MAX_SECONDS = 60;
const BOOK = 'Call me Ishmael. The white whale and the sea.\n'.repeat(200);
const TRAIN = [
  ...['text', 'train', '--data', 'book.txt', '--out', 'run', '--preset', 'nano'],
  ...['--max-steps', '20', '--tokenizer', 'bytes', '--engine', 'native', '--quiet'],
];
const SAMPLE = ['text', 'sample', '--model', 'run', '--prompt', 'Call', '--max-new-tokens', '20'];

if (!CAN_RUN) {
  console.log('registry: SKIPPED: the runtimes are fetched for Linux on x64 only');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'ramble-registry-'));
const registry = await startRegistry();
try {
  const { packages, systems } = packPackages(join(folder, 'tarballs'), packageFolders());
  const tarballs = Object.values({ ...systems, ...packages });
  for (const tarball of tarballs) publish(tarball.replace(/^file:/, ''));
  console.log(`published ${tarballs.length} packages, ${Object.keys(systems).length} for a system`);
  for (const name of ['Node 22', 'Bun', 'Deno']) {
    const runtime = RUNTIMES.find((each) => each.name.startsWith(name));
    const started = performance.now();
    check(runtime.name, commandOf(runtime)[0]);
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`${runtime.name}: installs, trains and samples (${seconds} s)`);
  }
} finally {
  registry.child.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** Starts a registry with ramble's packages, which fetches all others from the one that npm is configured with. */
async function startRegistry() {
  const upstream = runCommand('npm', ['config', 'get', 'registry'], folder).trim();
  const everyone = { access: '$all', publish: '$all' };
  const config = {
    storage: join(folder, 'storage'),
    uplinks: { upstream: { url: upstream, maxage: '1h' } },
    packages: { '@ramble/*': everyone, '**': { access: '$all', proxy: 'upstream' } },
    max_body_size: '100mb',
    log: { type: 'stdout', level: 'error' },
  };
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config)); // YAML contains JSON
  const port = await freePort();
  const node22 = commandOf(RUNTIMES.find(({ name }) => name.startsWith('Node 22')))[0];
  const words = [installed(VERDACCIO), '--config', join(folder, 'config.yaml'), '--listen', port];
  const child = spawn(node22, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  const url = `http://localhost:${port}/`;
  for (let second = 0; second < MAX_SECONDS && child.exitCode === null; second++) {
    const response = await fetch(`${url}-/ping`).catch(() => undefined);
    if (response?.ok) return { child, url };
    await setTimeout(1000);
  }
  child.kill();
  throw new Error(
    `registry: verdaccio did not answer within ${MAX_SECONDS} s; see its messages above`,
  );
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return `${port}`;
}

function publish(tarball) {
  const token = `--${registry.url.replace('http:', '')}:_authToken=none`; // npm requires one; the registry does not
  runCommand(
    'npm',
    ['publish', tarball, '--registry', registry.url, token, '--tag', 'latest'],
    folder,
  );
}

/** Installs and uses the packages with one runtime in an empty home. */
function check(name, program) {
  const home = join(folder, name.replaceAll(/\W/g, '-'));
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(home, 'book.txt'), BOOK);
  symlinkSync(program, join(bin, name.startsWith('Node') ? 'node' : name.toLowerCase()));
  symlinkSync('/bin/sh', join(bin, 'sh')); // npx starts programs with it
  const env = { HOME: home, PATH: bin, NO_COLOR: '1' };
  for (const variable of ['npm_config_registry', 'NPM_CONFIG_REGISTRY', 'BUN_CONFIG_REGISTRY']) {
    env[variable] = registry.url;
  }
  const run = (words) => {
    const { status, stdout, stderr, error } = spawnSync(words[0], words.slice(1), {
      ...{ cwd: home, env, encoding: 'utf8', input: '' },
    });
    const isQuiet = !/^error:|is not used|EBADENGINE|EBADPLATFORM/m.test(stderr);
    if (status === 0 && isQuiet) return stdout;
    const got = `${status ?? error?.message}: ${stdout}${stderr}`;
    throw new Error(`${name}: ${words.join(' ')}: expected no complaint, got ${got}`);
  };
  for (const { install, command } of waysOf(name, home)) {
    if (install) run(install);
    run([...command, ...TRAIN]);
    const sample = run([...command, ...SAMPLE]);
    if (!sample.startsWith('Call')) {
      throw new Error(`${name}: expected a sample that starts with its prompt, got ${sample}`);
    }
    rmSync(join(home, 'run'), { recursive: true });
  }
}

/** Returns the commands by which users of a runtime install and start ramble, such as `bun x @ramble/cli`. */
function waysOf(name, home) {
  if (name === 'Bun') return [{ command: ['bun', 'x', '@ramble/cli'] }];
  if (name === 'Deno') {
    const now = '--minimum-dependency-age=0'; // by default Deno takes no version of the last 24 hours
    return [{ command: ['deno', 'run', '--allow-all', now, 'npm:@ramble/cli'] }];
  }
  const npm = dirname(realpathSync(runCommand('sh', ['-c', 'command -v npm'], home).trim()));
  const global = join(home, 'global');
  return [
    { command: ['node', join(npm, 'npx-cli.js'), '--yes', '@ramble/cli'] },
    {
      install: [
        'node',
        join(npm, 'npm-cli.js'),
        'install',
        '--global',
        '--prefix',
        global,
        '@ramble/cli',
      ],
      command: [join(global, 'bin/ramble')],
    },
  ];
}
