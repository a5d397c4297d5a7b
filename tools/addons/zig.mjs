/** Zig, which compiles for every system on any: from its wheel, whose version and hash are pinned here. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import yauzl from 'yauzl';

import { indexAddress, packageIndex } from '../../packages/datasets/dist/pypi/fetch-wheel-model.js';
import { cacheFolder } from '../peers/installed.mjs';

const VERSION = '0.17.1';

/** Compiler of the binaries that zig makes, as manifests name it. */
export const ZIG = `zig ${VERSION}`;

/** The sha256 of the wheel for each system that zig can run on. */
const WHEELS = {
  'linux-x64': 'ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54',
  'linux-arm64': 'b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e',
  'darwin-arm64': '09953b6af7f64168b915180a42774f520f92d86ef6331b28e33915c7e1f0bb23',
  'darwin-x64': '4e0b4b9c02b8d0d220e9948010f860b62ff11d96abb39762eca5fa2ef3f7bc97',
  'win32-x64': '69c3dfc3aff6a297ec4017aa904782c0e450eb988982d7f675d83edce27526fb',
};

/** Returns the path of zig's program; the first call downloads 100 MB and unpacks them into ramble's cache folder. */
export async function findZig() {
  const system = `${process.platform}-${process.arch}`;
  const sha256 = WHEELS[system];
  if (sha256 === undefined) throw new Error(`zig: expected a wheel for ${system}, got none`);
  const folder = join(cacheFolder(), `zig-${VERSION}-${system}`);
  const program = join('ziglang', process.platform === 'win32' ? 'zig.exe' : 'zig');
  if (!existsSync(folder)) {
    await mkdir(dirname(folder), { recursive: true });
    const work = await mkdtemp(`${folder}-`);
    try {
      const wheel = join(work, 'ziglang.whl');
      console.error(`zig: downloading ${VERSION} (100 MB) …`);
      await download(sha256, wheel);
      console.error(`zig: unpacking it (400 MB) into ${folder} …`);
      await unpack(wheel, work);
      await rm(wheel);
      await chmod(join(work, program), 0o755);
      await rename(work, folder);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  return join(folder, program);
}

/** Downloads the wheel of this sha256 from the index of packages that pip uses. */
async function download(sha256, path) {
  const page = indexAddress(new URL('ziglang/', await packageIndex(process.env)).href);
  const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.1';
  const listed = await answer(page.url, { ...page.headers, accept });
  // Either form of the page has the hash in the link or behind it.
  const text = await listed.text();
  const link = linkIn(text, sha256);
  if (link === undefined)
    throw new Error(`zig: expected ziglang ${VERSION} on ${page.url}, got none`);
  const { url, headers } = indexAddress(new URL(link, page.url).href);
  const { body } = await answer(url, headers);
  await pipeline(Readable.fromWeb(body), createWriteStream(path));
  const sum = createHash('sha256');
  await pipeline(createReadStream(path), sum);
  const got = sum.digest('hex');
  if (got !== sha256) throw new Error(`zig: expected a wheel of sha256 ${sha256}, got ${got}`);
}

function linkIn(text, sha256) {
  if (!text.trimStart().startsWith('{')) {
    return new RegExp(`href="([^"]*)#sha256=${sha256}"`).exec(text)?.[1];
  }
  return JSON.parse(text).files.find(({ hashes }) => hashes.sha256 === sha256)?.url;
}

async function answer(url, headers) {
  const response = await fetch(url, { headers });
  if (!response.ok) throw new Error(`zig: ${url} answers with status ${response.status}`);
  return response;
}

async function unpack(wheel, folder) {
  const archive = await yauzl.openPromise(wheel);
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    const path = join(folder, entry.fileName);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(path));
  }
}
