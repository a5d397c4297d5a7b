/** How a command ended. */
export interface Ending {
  readonly status: number;
  readonly stderr: string;
}

/** Characters of a refusal without the paths in it. */
const LONGEST = 500;
/** What only a programming error says, and what V8 and its libraries say when a file surprises them. */
const UNMEANT =
  /is not a function|is not iterable|[Cc]annot (read|convert|mix|destructure)|Maximum call stack|Invalid (array|string|typed array|code point|count)|Array buffer allocation|out of (memory|range|bounds)|Unexpected (token|end|number|string)|is not valid JSON|offset is out|must be (of type|>=|<=)|\bundefined\b|\[object|ERR_|\n\s+at /;

/**
 * What is wrong with the way in which a command refused a file; nothing when it did its work.
 *
 * @param names - Of the file, or of a folder that is known by one file: one of them is to be said.
 * @param folder - Of its files, which may be long.
 */
export function judge(
  { status, stderr }: Ending,
  { names, folder }: { readonly names: readonly string[]; readonly folder: string },
): string | undefined {
  if (status === 0) return undefined;
  const said = stderr.replaceAll(folder, '');
  const shown = JSON.stringify(said.slice(0, 300));
  if (status !== 1 && status !== 2) return `exit status: expected 0, 1 or 2, got ${status}`;
  const errors = said.split('\n').filter((line) => line !== '' && !line.startsWith('warning: '));
  const refusal = errors.find((line) => line.startsWith('error: '));
  if (refusal === undefined) return `expected a line that begins with error:, got ${shown}`;
  if (refusal.length > LONGEST)
    return `expected ${LONGEST} characters, got ${refusal.length}: ${shown}`;
  if (UNMEANT.test(said)) return `expected a sentence about the file, got ${shown}`;
  if (/[\p{Cc}\p{Cf}]/u.test(said.replaceAll('\n', '')))
    return `expected visible text, got ${shown}`;
  if (!names.some((name) => refusal.includes(name)))
    return `expected the file's name, got ${shown}`;
  return undefined;
}
