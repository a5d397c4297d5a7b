import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { loadBinary, systemName } from './addon.js';

const system = systemName();
const name = '@ramble/made-up';
const shipped = fileURLToPath(
  new URL('../../parallel/prebuilds/linux-x64/ramble.node', import.meta.url),
);
const how = 'with a C++ compiler, npm run build:native in a clone of ramble makes one';

describe('loadBinary', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-binary-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reports that the binary is missing, and how to make one', () => {
    expect(() => loadBinary({ name, folder, made: [] })).toThrow(
      new Error(`no binary for ${system}; ${how}`),
    );
  });

  it('refuses a binary that was made of other sources', async () => {
    const path = join(folder, 'build', 'ramble.node');
    await mkdir(dirname(path));
    await copyFile(shipped, path);
    const made = ['a hash that is not in it'];
    const reason = `${path}: expected the binary of this version, got another file`;
    expect(() => loadBinary({ name, folder, made })).toThrow(new Error(`${reason}; ${how}`));
    expect(() => loadBinary({ name, folder, made, override: path })).toThrow(new Error(reason));
  });

  const inPackage = async (bytes: string): Promise<string> => {
    const path = join(folder, 'node_modules', `${name}-${system}`, 'ramble.node');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    await writeFile(`${path}.json`, JSON.stringify({ sha256: '0'.repeat(64) }, undefined, 1));
    return path;
  };

  it("looks in the system's own package, after the package's folder", async () => {
    const path = await inPackage('text');
    const reason = `${path}: expected the binary of this version, got another file`;
    expect(() => loadBinary({ name, folder, made: ['hash'] })).toThrow(
      new Error(`${reason}; ${how}`),
    );
    const prebuilt = join(folder, 'prebuilds', system, 'ramble.node');
    await mkdir(dirname(prebuilt), { recursive: true });
    await writeFile(prebuilt, 'text');
    const both = [prebuilt, path].map((each) => reason.replace(path, each)).join('; ');
    expect(() => loadBinary({ name, folder, made: ['hash'] })).toThrow(
      new Error(`${both}; ${how}`),
    );
  });

  it("names the system's own package if the package has one", async () => {
    const own = `${name}-${system}`;
    const manifest = { name, optionalDependencies: { [own]: '1.0.0' } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2));
    const install = `install it with npm install ${own}, which npm leaves out with --omit=optional and on other systems`;
    expect(() => loadBinary({ name, folder, made: [] })).toThrow(
      new Error(`no binary for ${system}; ${install}, or ${how}`),
    );
  });

  it("refuses a binary whose bytes differ from the manifest's sha256", async () => {
    const path = join(folder, 'build', 'ramble.node');
    await mkdir(dirname(path));
    await copyFile(shipped, path);
    await writeFile(`${path}.json`, JSON.stringify({ sha256: '0'.repeat(64) }, undefined, 1));
    expect(() => loadBinary({ name, folder, made: [] })).toThrow(
      /: expected sha256 000000000000…, got [0-9a-f]{12}…: the file was changed or damaged; with/,
    );
  });
});

describe('systemName', () => {
  const MUSL = ['/lib/ld-musl-x86_64.so.1', '/lib/ld-musl-aarch64.so.1'];
  const GLIBC = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'];
  const nameOf = (platform: string, arch: string, files: readonly string[], mapped = ''): string =>
    systemName({ platform, arch, exists: (path) => files.includes(path), maps: () => mapped });

  it.each([
    ['linux-x64', 'linux', 'x64', GLIBC],
    ['linux-arm64', 'linux', 'arm64', GLIBC],
    ['linux-x64-musl', 'linux', 'x64', MUSL],
    ['linux-arm64-musl', 'linux', 'arm64', MUSL],
    ['linux-riscv64', 'linux', 'riscv64', [...GLIBC, ...MUSL]],
    ['darwin-arm64', 'darwin', 'arm64', []],
    ['darwin-x64', 'darwin', 'x64', []],
    ['win32-x64', 'win32', 'x64', []],
  ])('is %s', (expected, platform, arch, files) => {
    expect(nameOf(platform, arch, files)).toBe(expected);
  });

  it('depends on the C library in memory where both are installed', () => {
    const both = [...MUSL, ...GLIBC];
    expect(nameOf('linux', 'x64', both, '7f00 /lib/ld-musl-x86_64.so.1')).toBe('linux-x64-musl');
    expect(nameOf('linux', 'x64', both, '7f00 /lib/x86_64-linux-gnu/libc.so.6')).toBe('linux-x64');
    const noMaps = (): never => {
      throw new Error('no /proc');
    };
    const facts = { platform: 'linux', arch: 'x64', exists: () => true, maps: noMaps };
    expect(systemName(facts)).toBe('linux-x64');
  });
});
