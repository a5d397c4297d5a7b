const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** A size for people, in powers of 1000: `1.2 MB`. */
export function formatBytes(sizeBytes: number): string {
  let [size, unit] = [sizeBytes, 0];
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 99.5 ? size.toFixed(0) : size.toPrecision(2)} ${UNITS[unit]}`;
}
