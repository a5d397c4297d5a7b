/** The systems that binaries are made for, and how each is compiled and linked. */
import { join } from 'node:path';

const nativeFolder = join(import.meta.dirname, '../../packages/native');

const ELF = ['-Wl,-z,nodelete', '-Wl,--gc-sections'];
// Parts of the C library that every Windows since 10 has.
const WINDOWS_C = ['heap', 'private', 'string'].map((part) => `-lapi-ms-win-crt-${part}-l1-1-0`);
const WINDOWS = {
  flags: ['-DNAPI_EXTERN=__declspec(dllimport)'],
  // Without mingw's start-up code, which takes zig a minute and a half to compile: cpp/system has the few lines of it
  // that the addon needs.
  link: ['-nostdlib', '-rtlib=compiler-rt', '-lkernel32', ...WINDOWS_C],
  units: { 'windows-start': join(nativeFolder, 'cpp/system/windows-start.cc') },
};
const MACOS = { flags: [], link: ['-undefined', 'dynamic_lookup'], units: {} };
const LINUX = { flags: [], link: ELF, units: {} };

/**
 * `name` is the folder in prebuilds and the end of the package's name; `os`, `cpu` and `libc` are what npm compares.
 * `zig` is zig's name of the target, `addons` those that are shipped for it. The system without `zig` is the one whose
 * binaries are in the repository: made by the pinned g++.
 */
export const TARGETS = [
  target('linux-x64', { ...LINUX, libc: 'glibc' }),
  target('linux-arm64', { ...LINUX, libc: 'glibc', zig: 'aarch64-linux-gnu.2.28' }),
  target('linux-x64-musl', { ...LINUX, libc: 'musl', zig: 'x86_64-linux-musl' }),
  target('linux-arm64-musl', { ...LINUX, libc: 'musl', zig: 'aarch64-linux-musl' }),
  target('darwin-arm64', { ...MACOS, zig: 'aarch64-macos.11.0' }),
  target('darwin-x64', { ...MACOS, zig: 'x86_64-macos.11.0' }),
  target('win32-x64', { ...WINDOWS, zig: 'x86_64-windows-gnu', addons: ['native'] }),
];

/** The target whose binaries are committed. */
export const COMMITTED = TARGETS[0];

/** This system, for a build by its own compiler. */
export const HERE = target(`${process.platform}-${process.arch}`, {
  flags: [],
  link:
    process.platform === 'darwin'
      ? MACOS.link
      : ['-static-libstdc++', '-static-libgcc', ...ELF, '-Wl,-z,noseparate-code', '-s'],
  units: {},
});

function target(name, { addons = ['native', 'mpi'], ...facts }) {
  const [os, cpu] = name.split('-');
  return { name, os, cpu, addons, ...facts };
}
