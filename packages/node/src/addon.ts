import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const HOW_TO_MAKE_IT = 'with a C++ compiler, npm run build:native in a clone of ramble makes one';

/** Names, folder and required source hashes of a native addon, by which its binary is found and checked. */
export interface BinaryOptions {
  /**
   * Name of the package. The package with the binary for one system is named `NAME-SYSTEM`, for example
   * `NAME-linux-x64`.
   */
  readonly name: string;
  /** Folder of the package, which has binaries in `prebuilds/SYSTEM` and `build`. */
  readonly folder: string;
  /** Hashes of the sources from which the binary must be built; the binary contains them as text. */
  readonly made: readonly string[];
  /** Path of a binary to load instead; it needs no manifest. */
  readonly override?: string | undefined;
}

/**
 * Loads the addon of a package from the first binary that loads: in the package's folder `prebuilds`, in the package
 * for this system, or in the folder `build` of a clone. With `override`, tries only that file.
 *
 * @returns the exports of the addon, whose type the hashes guarantee.
 * @throws Error that says why no binary can be loaded, and how to get one.
 */
export function loadBinary({ name, folder, made, override }: BinaryOptions): unknown {
  if (override !== undefined) return open(override, made, { needsManifest: false });
  const system = systemName();
  const reasons: string[] = [];
  for (const path of placesOf(name, folder, system)) {
    try {
      return open(path, made, { needsManifest: true });
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  const reason = reasons.join('; ') || `no binary for ${system}`;
  throw new Error(`${reason}; ${howToGet(`${name}-${system}`, folder)}`);
}

/** Yields the paths of the binaries that exist, in the order in which they are tried. */
function* placesOf(name: string, folder: string, system: string): Generator<string> {
  const inFolder = (place: string): string => join(folder, place, 'ramble.node');
  if (existsSync(inFolder(`prebuilds/${system}`))) yield inFolder(`prebuilds/${system}`);
  try {
    yield createRequire(join(folder, 'package.json')).resolve(`${name}-${system}/ramble.node`);
  } catch {
    // npm installs the package only on its system, and a clone has none.
  }
  yield* [`build/${system}`, 'build'].map(inFolder).filter((path) => existsSync(path));
}

function howToGet(systemPackage: string, folder: string): string {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    if (!text.includes(`"${systemPackage}"`)) return HOW_TO_MAKE_IT;
  } catch {
    return HOW_TO_MAKE_IT;
  }
  return (
    `install it with npm install ${systemPackage}, which npm leaves out with --omit=optional and on other systems, ` +
    `or ${HOW_TO_MAKE_IT}`
  );
}

/** Facts of a system that decide which binary it can load. */
export interface SystemFacts {
  readonly platform: string;
  readonly arch: string;
  readonly exists: (path: string) => boolean;
  /** Returns the list of the files that the process has in memory, as in `/proc/self/maps`. */
  readonly maps: () => string;
}

const THIS_SYSTEM: SystemFacts = {
  platform: process.platform,
  arch: process.arch,
  exists: existsSync,
  maps: () => readFileSync('/proc/self/maps', 'utf8'),
};

/**
 * Returns the name of a system in the paths and packages of binaries: `linux-x64`, or `linux-x64-musl` if the
 * process runs on the C library musl, as on Alpine.
 */
export function systemName(facts: SystemFacts = THIS_SYSTEM): string {
  const { platform, arch } = facts;
  return `${platform}-${arch}${platform === 'linux' && usesMusl(facts) ? '-musl' : ''}`;
}

/** Paths of the dynamic loaders of musl and glibc, by processor. */
const LOADERS: Readonly<Record<string, readonly [musl: string, glibc: string]>> = {
  x64: ['/lib/ld-musl-x86_64.so.1', '/lib64/ld-linux-x86-64.so.2'],
  arm64: ['/lib/ld-musl-aarch64.so.1', '/lib/ld-linux-aarch64.so.1'],
};

/**
 * Whether this process runs on the C library musl. If musl and glibc are both installed, the libraries that the process
 * has loaded decide.
 */
function usesMusl({ arch, exists, maps }: SystemFacts): boolean {
  const [musl, glibc] = LOADERS[arch] ?? ['', ''];
  if (!exists(musl)) return false;
  if (!exists(glibc)) return true;
  try {
    return maps().includes('/ld-musl-');
  } catch {
    return false;
  }
}

function open(
  path: string,
  made: readonly string[],
  rules: { readonly needsManifest: boolean },
): unknown {
  checkBinary(path, made, rules);
  const loaded: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(loaded, path);
  } catch (error) {
    throw new Error(`${path} does not load (${messageOf(error)})`, { cause: error });
  }
  return loaded.exports;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Checks a file before the system loads it: a truncated binary ends the process when it is mapped, and a foreign
 * or changed one runs its code.
 *
 * @param made - Hashes that the binary must contain as text: of its sources and of the descriptions of its ops.
 * @param options - With `needsManifest`, a binary is refused without the manifest that the build writes next to
 *   it; an existing manifest is checked in any case.
 * @throws Error that says what is wrong with the file.
 */
function checkBinary(
  path: string,
  made: readonly string[],
  { needsManifest }: { readonly needsManifest: boolean },
): void {
  const bytes = read(path);
  if (isElf(bytes) && endOfElf(bytes) > bytes.length) {
    throw new Error(
      `${path}: expected ${endOfElf(bytes)} bytes, got ${bytes.length}: the file is truncated`,
    );
  }
  if (!made.every((sha256) => bytes.includes(sha256))) {
    throw new Error(`${path}: expected the binary of this version, got another file`);
  }
  const manifest = `${path}.json`;
  if (!needsManifest && !existsSync(manifest)) return;
  const expected = /"sha256": "([0-9a-f]{64})"/.exec(read(manifest).toString())?.[1];
  if (expected === undefined) throw new Error(`${manifest}: expected a sha256, got none`);
  const got = createHash('sha256').update(bytes).digest('hex');
  if (got !== expected) {
    throw new Error(
      `${path}: expected sha256 ${short(expected)}, got ${short(got)}: the file was changed or damaged`,
    );
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`${path} cannot be read (${String(error)})`, { cause: error });
  }
}

/** Returns the start of a hash, enough to distinguish files. */
function short(sha256: string): string {
  return `${sha256.slice(0, 12)}…`;
}

function isElf(bytes: Buffer): boolean {
  return bytes.length >= 64 && bytes.toString('latin1', 0, 4) === '\x7fELF';
}

/**
 * Returns the size in bytes that a 64-bit ELF file must have: the end of its section header table, which linkers put
 * last.
 *
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
 */
function endOfElf(bytes: Buffer): number {
  const sectionBytes = bytes.readUInt16LE(0x3a) * bytes.readUInt16LE(0x3c);
  return Number(bytes.readBigUInt64LE(0x28)) + sectionBytes;
}
