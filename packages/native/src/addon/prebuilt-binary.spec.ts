import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const hasCompiler = spawnSync('g++', ['--version']).status === 0;
if (!hasCompiler)
  process.stderr.write('native: SKIPPED: no g++ for the program that runs every kernel\n');

const toolOf = (name: string): string =>
  fileURLToPath(new URL(`../../../../tools/${name}`, import.meta.url));

const SHIPPED = fileURLToPath(new URL('../../prebuilds/linux-x64/ramble.node', import.meta.url));

const OTHERS = fileURLToPath(new URL('../../prebuilds/others.json', import.meta.url));

/** Returns standard error and exit status of the check of the shipped binary. */
function check(...words: string[]): { readonly stderr: string; readonly status: number | null } {
  return checkWith({}, ...words);
}

function checkWith(env: NodeJS.ProcessEnv, ...words: string[]): ReturnType<typeof check> {
  const tool = [toolOf('check-native.mjs'), '--addon', 'native'];
  const { stderr, status } = spawnSync(process.execPath, [...tool, ...words], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { stderr, status };
}

describe('the binary that the package ships', () => {
  it('is built from the current sources, is small, and runs on old systems', () => {
    expect(check()).toMatchObject({ stderr: '', status: 0 });
  });

  it('fails the check if eight of its bytes are overwritten', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-prebuilt-'));
    try {
      const file = join(folder, 'ramble.node');
      writeFileSync(file, readFileSync(SHIPPED).fill(0x90, 0x10000, 0x10008));
      copyFileSync(`${SHIPPED}.json`, `${file}.json`);
      expect(check('--file', file)).toMatchObject({
        stderr: expect.stringMatching(
          /^packages\/native\/prebuilds\/linux-x64: expected the binary of sha256 [0-9a-f]{64}, got [0-9a-f]{64}: somebody changed it; run npm run prebuild on linux-x64\n$/,
        ) as string,
        status: 1,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('fails the check if its manifest was changed too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-prebuilt-'));
    try {
      const file = join(folder, 'ramble.node');
      const bytes = readFileSync(SHIPPED).fill(0x90, 0x10000, 0x10008);
      writeFileSync(file, bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const manifest = JSON.parse(readFileSync(`${SHIPPED}.json`, 'utf8')) as object;
      writeFileSync(`${file}.json`, JSON.stringify({ ...manifest, sha256, compiler: 'g++ 99' }));
      expect(check('--rebuild', '--file', file)).toMatchObject({
        stderr: expect.stringMatching(
          /^packages\/native\/prebuilds\/linux-x64: expected a manifest that names g\+\+ .*, got g\+\+ 99 and .*\n$/,
        ) as string,
        status: 1,
      });
      writeFileSync(`${file}.json`, JSON.stringify({ ...manifest, sha256 }));
      const other = join(folder, 'g++'); // a compiler of another version
      const script = 'case $1 in -print-prog-name=ld) echo ld;; *) echo g++ 99;; esac';
      writeFileSync(other, `#!/bin/sh\n${script}\n`);
      chmodSync(other, 0o755);
      expect(checkWith({ CXX: other }, '--rebuild', '--file', file)).toMatchObject({
        stderr: expect.stringMatching(
          /^packages\/native\/prebuilds\/linux-x64: the bytes cannot be compared .* here are g\+\+ 99 and .*\n$/,
        ) as string,
        status: 1,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('prints one sentence if the manifest is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-prebuilt-'));
    try {
      const file = join(folder, 'ramble.node');
      copyFileSync(SHIPPED, file);
      expect(check('--file', file)).toMatchObject({
        stderr: `packages/native/prebuilds/linux-x64: ${file}.json cannot be read (ENOENT); run npm run prebuild on linux-x64\n`,
        status: 1,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('fails the check if the binaries for other systems are of older sources, or one is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-others-'));
    try {
      const file = join(folder, 'others.json');
      const others = JSON.parse(readFileSync(OTHERS, 'utf8')) as Record<string, object>;
      writeFileSync(file, JSON.stringify({ ...others, sources: '0'.repeat(64) }));
      expect(check('--others', file)).toEqual({
        stderr:
          'packages/native/prebuilds/others.json: expected binaries of these sources, got older ones; ' +
          'run npm run prebuild -- --all on linux-x64\n',
        status: 1,
      });
      writeFileSync(file, JSON.stringify({ ...others, targets: { 'linux-arm64': {} } }));
      expect(check('--others', file)).toEqual({
        stderr:
          'packages/native/prebuilds/others.json: expected linux-arm64, linux-x64-musl, linux-arm64-musl, ' +
          'darwin-arm64, darwin-x64, win32-x64, got linux-arm64; run npm run prebuild -- --all on linux-x64\n',
        status: 1,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('requires no C++ library', () => {
    const names = readFileSync(SHIPPED, 'latin1').match(/lib[\w+-]+\.so[.\d]*/g);
    expect(new Set(names)).toEqual(new Set(['libc.so.6']));
  });
});

(hasCompiler ? it : it.skip)('the program that runs every kernel goes with them', () => {
  const tool = [toolOf('sanitize-native.mjs'), '--syntax'];
  const { stderr, status } = spawnSync(process.execPath, tool, { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});
