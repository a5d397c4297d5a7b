import { readFileSync } from 'node:fs';

/**
 * Checks a file before the system loads it: a binary that was cut off ends the process when it is
 * mapped, and a foreign one runs code.
 *
 * @param sourcesSha256 - Of the sources that it must be made of; stands in the binary as text.
 * @throws Error that says what is wrong with the file.
 */
export function checkBinary(path: string, sourcesSha256: string): void {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(`${path} cannot be read (${String(error)})`, { cause: error });
  }
  if (isElf(bytes) && endOfElf(bytes) > bytes.length) {
    throw new Error(
      `${path}: expected ${endOfElf(bytes)} bytes, got ${bytes.length}: a part is missing`,
    );
  }
  if (!bytes.includes(sourcesSha256)) {
    throw new Error(`${path}: expected the binary of this version, got another file`);
  }
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
