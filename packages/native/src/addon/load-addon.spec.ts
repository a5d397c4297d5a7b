import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { loadAddon } from './load-addon.js';
import { OPS_SHA256 } from './ops.gen.js';
import { SOURCES_SHA256 } from './sources-sha256.gen.js';

const system = `${process.platform}-${process.arch}`;
const shipped = fileURLToPath(new URL(`../../prebuilds/${system}/ramble.node`, import.meta.url));

describe('loadAddon', () => {
  it('uses the best instruction set of the processor', () => {
    const sets = loadAddon({}).instructionSets();
    expect(['avx512bf16', 'avx512', 'avx2', 'portable']).toEqual(expect.arrayContaining(sets));
    expect(sets.at(-1)).toBe('portable');
  });

  it.each(['0', 'abc', '-1', '1.5', '', '257', '1e9', '1e2'])('refuses %j threads', (text) => {
    expect(() => loadAddon({ RAMBLE_THREADS: text })).toThrow(
      new RangeError(`RAMBLE_THREADS: expected an integer from 1 to 256, got ${text}`),
    );
  });

  it.each(['mmx', '', 'avx2,portable', 'a name that is longer than any', 'AVX2'])(
    'refuses the instruction set %j, which the processor lacks',
    (name) => {
      const known = loadAddon({}).instructionSets().join(', ');
      expect(() => loadAddon({ RAMBLE_ISA: name })).toThrow(
        new RangeError(`RAMBLE_ISA: expected one of ${known}, got ${name}`),
      );
    },
  );
});

describe('the search path of loadAddon', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-addon-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const place = (name: string): string => join(folder, name, 'ramble.node');
  const [prebuilt, built, override] = [`prebuilds/${system}`, 'build', 'elsewhere'];
  const put = async (name: string, change?: (bytes: Buffer) => Buffer): Promise<string> => {
    await mkdir(dirname(place(name)), { recursive: true });
    if (change) await writeFile(place(name), change(await readFile(shipped)));
    else await copyFile(shipped, place(name));
    if ([prebuilt, built].includes(name)) await copyFile(`${shipped}.json`, `${place(name)}.json`);
    return place(name);
  };
  const halved = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);
  /** Returns the paths of the folder's binaries that the process has loaded. */
  const loaded = (): string[] => {
    const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
    return sharedObjects.filter((path) => path.startsWith(folder));
  };

  it('loads the file that RAMBLE_NATIVE names before any other', async () => {
    await put(prebuilt);
    const path = await put(override);
    expect(loadAddon({ RAMBLE_NATIVE: path }, folder).sourcesSha256).toBe(SOURCES_SHA256);
    expect(loaded()).toEqual([path]);
  });

  it('loads the binary of the package before a local build', async () => {
    await put(built);
    const path = await put(prebuilt);
    loadAddon({}, folder);
    expect(loaded()).toEqual([path]);
  });

  it('loads a local build if the package has no binary, or a broken one', async () => {
    const path = await put(built);
    loadAddon({}, folder);
    expect(loaded()).toEqual([path]);
    await put(prebuilt, halved);
    expect(() => loadAddon({}, folder)).not.toThrow();
  });

  it('names the reason why no binary loads, and the command that builds one', async () => {
    const how = 'with a C++ compiler, npm run build:native in a clone of ramble makes one';
    expect(() => loadAddon({}, folder)).toThrow(new Error(`no binary for ${system}; ${how}`));
    await writeFile(await put(prebuilt), 'text');
    await put(built, halved);
    const { length } = await readFile(shipped);
    expect(() => loadAddon({}, folder)).toThrow(
      new Error(
        `${place(prebuilt)}: expected the binary of this version, got another file; ` +
          `${place(built)}: expected ${length} bytes, got ${Math.floor(length / 2)}: the file is truncated; ` +
          how,
      ),
    );
    expect(loaded()).toEqual([]);
  });

  it('refuses a binary whose ops have other fields than in TypeScript', async () => {
    const path = await put(override, (bytes) => {
      return bytes.fill('0'.repeat(64), bytes.indexOf(OPS_SHA256), bytes.indexOf(OPS_SHA256) + 64);
    });
    expect(() => loadAddon({ RAMBLE_NATIVE: path }, folder)).toThrow(
      new Error(`${path}: expected the binary of this version, got another file`),
    );
    expect(loaded()).toEqual([]);
  });

  it('refuses a binary with overwritten bytes', async () => {
    const changed = (bytes: Buffer): Buffer => bytes.fill(0x90, 0x10000, 0x10008);
    const path = await put(prebuilt, changed);
    const { sha256 } = JSON.parse(await readFile(`${shipped}.json`, 'utf8')) as { sha256: string }; // written by the build
    const got = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const message =
      `${path}: expected sha256 ${sha256.slice(0, 12)}…, got ${got.slice(0, 12)}…: ` +
      'the file was changed or damaged';
    expect(() => loadAddon({}, folder)).toThrow(message);
    await rename(path, `${path}.elsewhere`);
    expect(() => loadAddon({ RAMBLE_NATIVE: `${path}.elsewhere` }, folder)).not.toThrow();
    await copyFile(`${shipped}.json`, `${path}.elsewhere.json`);
    expect(() => loadAddon({ RAMBLE_NATIVE: `${path}.elsewhere` }, folder)).toThrow(
      'the file was changed or damaged',
    );
  });

  it('refuses a binary without the manifest of its build, or with an empty one', async () => {
    const path = await put(prebuilt);
    await writeFile(`${path}.json`, '{}');
    expect(() => loadAddon({}, folder)).toThrow(`${path}.json: expected a sha256, got none`);
    await rm(`${path}.json`);
    expect(() => loadAddon({}, folder)).toThrow(`${path}.json cannot be read (Error: ENOENT`);
    expect(loaded()).toEqual([]);
  });

  it('refuses an incompatible binary that RAMBLE_NATIVE names, even if another one is compatible', async () => {
    await put(prebuilt);
    const expectError = (path: string, message: RegExp | string): void => {
      expect(() => loadAddon({ RAMBLE_NATIVE: path }, folder)).toThrow(message);
    };
    expectError(place('none'), `${place('none')} cannot be read (Error: ENOENT`);
    expectError(folder, `${folder} cannot be read (Error: EISDIR`);
    const otherVersion = await put('other-version', (bytes) => {
      bytes.fill('0', bytes.indexOf(SOURCES_SHA256), bytes.indexOf(SOURCES_SHA256) + 64);
      return bytes;
    });
    expectError(otherVersion, `${otherVersion}: expected the binary of this version, got another`);
    const program = await put('program', () => Buffer.from('throw new Error("it runs")'));
    expectError(program, `${program}: expected the binary of this version, got another file`);
    const otherProcessor = await put('other-processor', (bytes) => {
      bytes.writeUInt16LE(process.arch === 'x64' ? 0xb7 : 0x3e, 0x12); // e_machine
      return bytes;
    });
    expectError(otherProcessor, `${otherProcessor} does not load (`);
    expect(loaded()).toEqual([]);
  });
});
