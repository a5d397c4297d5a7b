// The program of the one file, a single executable application of Node. The first start writes the packages of the
// command to ramble's cache folder, and every start runs the command from there: addons, threads, pages and
// WebAssembly are files there, as in an installation.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const { homedir } = require('node:os');
const { dirname, isAbsolute, join, resolve } = require('node:path');
const { getAsset, getRawAsset } = require('node:sea');
const { brotliDecompressSync } = require('node:zlib');

/** The command's script, below a folder whose name is a part of the packages' hash. */
const SCRIPT = 'node_modules/@ramble/cli/bin/ramble.js';
const IS_SCRIPT =
  /[\\/]one-file[\\/][0-9a-f]{16}[\\/]node_modules[\\/]@ramble[\\/]cli[\\/]bin[\\/]ramble\.js$/;
/** Processes that were killed while they unpacked have left their folders: they are removed when they are this old. */
const MAX_AGE_MS = 3_600_000;

const sha256 = getAsset('sha256', 'utf8');
const home = join(cacheFolder(), 'one-file');
const folder = join(home, sha256.slice(0, 16));
try {
  if (!isWhole()) unpack();
} catch (error) {
  console.error(`error: ramble cannot be unpacked: ${error.message}`);
  console.error('Set RAMBLE_CACHE to a folder that can be written to and has 50 MB of space');
  process.exit(1);
}
// Node gives the path of the program twice. The second one becomes the path of the script, as in an installation; a
// process or rank that the command starts again has it once more.
process.argv[1] = join(folder, SCRIPT);
if (IS_SCRIPT.test(process.argv[2])) process.argv.splice(2, 1);
createRequire(join(folder, 'main.cjs'))('./main.cjs');

/** The folder of `cacheFolder` in @ramble/datasets, which is not unpacked yet. */
function cacheFolder() {
  const { RAMBLE_CACHE: own, XDG_CACHE_HOME: shared = '' } = process.env;
  return resolve(own || join(isAbsolute(shared) ? shared : join(homedir(), '.cache'), 'ramble'));
}

/** Whether the packages are unpacked, and no file of them was lost or truncated since. */
function isWhole() {
  try {
    const files = JSON.parse(getAsset('files', 'utf8'));
    return files.every(([path, size]) => fs.statSync(join(folder, path)).size === size);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Writes the packages to a folder of another name, which gets its own name when it is complete. */
function unpack() {
  const packed = Buffer.from(getRawAsset('packages'));
  const found = createHash('sha256').update(packed).digest('hex');
  if (found !== sha256) throw new Error(`expected packages of sha256 ${sha256}, got ${found}`);
  fs.mkdirSync(home, { recursive: true });
  removeLeftovers();
  const bytes = brotliDecompressSync(packed);
  const unfinished = fs.mkdtempSync(`${folder}.`);
  try {
    let at = 0;
    for (const [path, size] of JSON.parse(getAsset('files', 'utf8'))) {
      const target = join(unfinished, path);
      fs.mkdirSync(dirname(target), { recursive: true });
      fs.writeFileSync(target, bytes.subarray(at, (at += size)));
    }
    putInPlace(unfinished);
  } finally {
    fs.rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Renames the complete folder, and replaces one that is damaged. Another process may be first. */
function putInPlace(unfinished) {
  try {
    fs.renameSync(unfinished, folder);
  } catch (error) {
    if (!fs.existsSync(folder)) throw error;
    if (isWhole()) return;
    fs.renameSync(folder, `${unfinished}-damaged`);
    fs.renameSync(unfinished, folder);
    fs.rmSync(`${unfinished}-damaged`, { recursive: true, force: true });
  }
}

function removeLeftovers() {
  for (const name of fs.readdirSync(home).filter((each) => each.includes('.'))) {
    const path = join(home, name);
    const { mtimeMs } = fs.statSync(path, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > MAX_AGE_MS) fs.rmSync(path, { recursive: true, force: true });
  }
}
