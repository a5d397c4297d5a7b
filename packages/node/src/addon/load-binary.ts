import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HOW_TO_GET_IT = 'with a C++ compiler, npm run build:native in a clone of ramble makes one';

/** What a binary must be, and where it is looked for. */
export interface BinaryOptions {
  /** Folder of the package, which has binaries in `prebuilds/<platform>-<arch>` and `build`. */
  readonly folder: string;
  /** Hashes of what the binary must be made of; they stand in it as text. */
  readonly made: readonly string[];
  /** Path of a binary to load instead, which needs no manifest beside it. */
  readonly override?: string | undefined;
}

/**
 * Loads the addon of a package: the shipped binary, or the one that was built in the clone.
 *
 * @returns what the addon exports, whose type the caller knows by the hashes.
 * @throws Error that says why there is none, and how to make one.
 */
export function loadBinary({ folder, made, override }: BinaryOptions): unknown {
  if (override !== undefined) return open(override, made, { needsManifest: false });
  const system = `${process.platform}-${process.arch}`;
  const places = [`prebuilds/${system}`, 'build'].map((place) =>
    join(folder, place, 'ramble.node'),
  );
  const reasons: string[] = [];
  for (const path of places.filter((place) => existsSync(place))) {
    try {
      return open(path, made, { needsManifest: true });
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  const reason = reasons.join('; ') || `no binary for ${system}`;
  throw new Error(`${reason}; ${HOW_TO_GET_IT}`);
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
 * Checks a file before the system loads it: a binary that was cut off ends the process when it is
 * mapped, and a foreign or a changed one runs code.
 *
 * @param made - Hashes of what it must be made of, the sources and the descriptions of its ops; they stand
 *   in the binary as text.
 * @param options - `needsManifest` refuses a binary without the manifest that the build writes beside
 *   it; a manifest that is there is heeded in any case.
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

/** Enough to tell files apart unless someone forges a collision. */
function short(sha256: string): string {
  return `${sha256.slice(0, 12)}…`;
}

function isElf(bytes: Buffer): boolean {
  return bytes.length >= 64 && bytes.toString('latin1', 0, 4) === '\x7fELF';
}

/**
 * Where a 64-bit file's table of sections ends, which linkers put last.
 *
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
 */
function endOfElf(bytes: Buffer): number {
  const sectionBytes = bytes.readUInt16LE(0x3a) * bytes.readUInt16LE(0x3c);
  return Number(bytes.readBigUInt64LE(0x28)) + sectionBytes;
}
