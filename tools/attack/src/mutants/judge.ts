/** Exit status and error output of a command that has ended. */
export interface Ending {
  readonly status: number;
  readonly stderr: string;
}

/** Maximum number of characters of an error message, without the paths in it. */
const LONGEST = 500;
/** Matches messages of programming errors, and of V8 and its libraries. ramble must not show them to users. */
const UNMEANT =
  /is not a function|is not iterable|[Cc]annot (read|convert|mix|destructure)|Maximum call stack|Invalid (array|string|typed array|code point|count)|Array buffer allocation|out of (memory|range|bounds)|Unexpected (token|end|number|string)|is not valid JSON|offset is out|must be (of type|>=|<=)|\bundefined\b|\[object|ERR_|\n\s+at /;

/**
 * Describes the fault in a command's refusal of a file; undefined if it refused properly or did its work.
 *
 * @param names - Names of the file, or of a folder that is identified by one file; the refusal must contain one of
 *   them.
 * @param folder - Folder of its files, whose path may be long.
 */
export function judge(
  { status, stderr }: Ending,
  { names, folder }: { readonly names: readonly string[]; readonly folder: string },
): string | undefined {
  if (status === 0) return undefined;
  const output = stderr.replaceAll(folder, '');
  const shown = JSON.stringify(output.slice(0, 300));
  if (status !== 1 && status !== 2) return `exit status: expected 0, 1 or 2, got ${status}`;
  const errors = output.split('\n').filter((line) => line !== '' && !line.startsWith('warning: '));
  const refusal = errors.find((line) => line.startsWith('error: '));
  if (refusal === undefined) return `expected a line that begins with error:, got ${shown}`;
  if (refusal.length > LONGEST)
    return `expected ${LONGEST} characters, got ${refusal.length}: ${shown}`;
  if (UNMEANT.test(output)) return `expected a sentence about the file, got ${shown}`;
  if (/[\p{Cc}\p{Cf}]/u.test(output.replaceAll('\n', '')))
    return `expected visible text, got ${shown}`;
  if (!names.some((name) => refusal.includes(name)))
    return `expected the file's name, got ${shown}`;
  return undefined;
}
