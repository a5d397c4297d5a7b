/**
 * Reader of shared libraries: the system and processor of a binary, the libraries and symbols that it needs, and its
 * exports.
 */

/**
 * @param bytes - A shared library of 64 bits in ELF, Mach-O or PE.
 * @returns the system and processor as Node names them, the libraries and symbols that it needs, its exports, and
 *   whether it is signed.
 */
export function readBinary(bytes) {
  if (bytes.toString('latin1', 0, 4) === '\x7fELF') return readElf(bytes);
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return readMachO(bytes);
  if (bytes.toString('latin1', 0, 2) === 'MZ') return readPe(bytes);
  throw new Error('expected a binary in ELF, Mach-O or PE, got another file');
}

/** Returns the zero-terminated text at an offset. */
function textAt(bytes, at) {
  return bytes.toString('latin1', at, bytes.indexOf(0, at));
}

/** @see https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html */
function readElf(bytes) {
  const [SYMBOLS, DYNAMIC, NEEDED] = [11, 6, 1];
  const [table, size, count] = [
    Number(bytes.readBigUInt64LE(0x28)),
    0x40,
    bytes.readUInt16LE(0x3c),
  ];
  const sections = Array.from({ length: count }, (_, i) => {
    const at = table + i * size;
    const [offset, length] = [0x18, 0x20].map((field) => Number(bytes.readBigUInt64LE(at + field)));
    return {
      type: bytes.readUInt32LE(at + 4),
      offset,
      length,
      link: bytes.readUInt32LE(at + 0x28),
    };
  });
  const entriesOf = (type, entryBytes) => {
    const section = sections.find((each) => each.type === type);
    const names = sections[section.link].offset;
    return Array.from({ length: section.length / entryBytes }, (_, i) => {
      return { at: section.offset + i * entryBytes, names };
    });
  };
  const symbols = entriesOf(SYMBOLS, 24).map(({ at, names }) => {
    return {
      name: textAt(bytes, names + bytes.readUInt32LE(at)),
      isMissing: bytes.readUInt16LE(at + 6) === 0,
    };
  });
  const libraries = entriesOf(DYNAMIC, 16)
    .filter(({ at }) => Number(bytes.readBigUInt64LE(at)) === NEEDED)
    .map(({ at, names }) => textAt(bytes, names + Number(bytes.readBigUInt64LE(at + 8))));
  const cpu = { 0x3e: 'x64', 0xb7: 'arm64' }[bytes.readUInt16LE(0x12)];
  return { os: 'linux', cpu, libraries, ...byNeed(symbols), isSigned: false };
}

/** @see https://github.com/apple-oss-distributions/xnu/blob/main/EXTERNAL_HEADERS/mach-o/loader.h */
function readMachO(bytes) {
  const [SYMBOLS, LIBRARY, SIGNATURE] = [0x2, 0xc, 0x1d];
  const commands = [];
  for (let i = 0, at = 32; i < bytes.readUInt32LE(16); i++, at += bytes.readUInt32LE(at + 4)) {
    commands.push({ type: bytes.readUInt32LE(at), at });
  }
  const libraries = commands
    .filter(({ type }) => type === LIBRARY)
    .map(({ at }) => textAt(bytes, at + bytes.readUInt32LE(at + 8)));
  const table = commands.find(({ type }) => type === SYMBOLS).at;
  const [first, count, names] = [8, 12, 16].map((field) => bytes.readUInt32LE(table + field));
  const symbols = Array.from({ length: count }, (_, i) => {
    const at = first + i * 16;
    const kind = bytes[at + 4];
    // Names of C have an underscore before them.
    const name = textAt(bytes, names + bytes.readUInt32LE(at)).slice(1);
    return { name, isMissing: (kind & 0x0e) === 0, isShared: (kind & 0x01) !== 0 };
  }).filter(({ isShared }) => isShared);
  const cpu = { 0x01000007: 'x64', 0x0100000c: 'arm64' }[bytes.readUInt32LE(4)];
  const isSigned = commands.some(({ type }) => type === SIGNATURE);
  return { os: 'darwin', cpu, libraries, ...byNeed(symbols), isSigned };
}

/** @see https://learn.microsoft.com/windows/win32/debug/pe-format */
function readPe(bytes) {
  const header = bytes.readUInt32LE(0x3c) + 4;
  const optional = header + 20;
  const sections = Array.from({ length: bytes.readUInt16LE(header + 2) }, (_, i) => {
    const at = optional + bytes.readUInt16LE(header + 16) + i * 40;
    const [size, address, , offset] = [8, 12, 16, 20].map((field) =>
      bytes.readUInt32LE(at + field),
    );
    return { size, address, offset };
  });
  const placeOf = (address) => {
    const found = sections.find(
      (each) => address >= each.address && address < each.address + each.size,
    );
    return address - found.address + found.offset;
  };
  const [exported, imported] = [112, 120].map((field) =>
    placeOf(bytes.readUInt32LE(optional + field)),
  );
  const libraries = [];
  const symbols = [];
  for (let at = imported; bytes.readUInt32LE(at + 12) !== 0; at += 20) {
    libraries.push(textAt(bytes, placeOf(bytes.readUInt32LE(at + 12))));
    for (let each = placeOf(bytes.readUInt32LE(at)); bytes.readUInt32LE(each) !== 0; each += 8) {
      symbols.push({ name: textAt(bytes, placeOf(bytes.readUInt32LE(each)) + 2), isMissing: true });
    }
  }
  const names = placeOf(bytes.readUInt32LE(exported + 32));
  for (let i = 0; i < bytes.readUInt32LE(exported + 24); i++) {
    symbols.push({
      name: textAt(bytes, placeOf(bytes.readUInt32LE(names + 4 * i))),
      isMissing: false,
    });
  }
  const cpu = { 0x8664: 'x64', 0xaa64: 'arm64' }[bytes.readUInt16LE(header)];
  return { os: 'win32', cpu, libraries, ...byNeed(symbols), isSigned: false };
}

function byNeed(symbols) {
  const namesOf = (isMissing) =>
    symbols
      .filter((each) => each.isMissing === isMissing && each.name !== '')
      .map(({ name }) => name);
  return { needs: namesOf(true), exports: namesOf(false) };
}
