/** A model on the Hub, as it is named on the command line: `owner/model@revision:FILE.gguf`. */
export interface HubName {
  /** The repository: `owner/model`. */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** A GGUF file of the repository, or the quantization that the file's name ends with: `Q8_0`. */
  readonly file?: string;
}

/** The branch of every repository. */
export const MAIN = 'main';

const PATTERN = /^([^/@:]+\/[^/@:]+)(?:@([^@:]+))?(?::([^@:]+))?$/;
const PART = /^(?!.*(?:--|\.\.|\.git$))[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;

/**
 * Reads the name of a model on the Hub.
 *
 * @returns undefined for words that cannot be one, such as most paths.
 */
export function parseHubName(word: string): HubName | undefined {
  const [, repository, revision = MAIN, file] = groups(PATTERN, word);
  if (!repository?.split('/').every((part) => PART.test(part))) return undefined;
  const paths = file === undefined ? [revision] : [revision, file];
  if (!paths.every(isSafePath)) return undefined;
  return { repository, revision, ...(file !== undefined && { file }) };
}

/** What the groups of a pattern match; all undefined where it does not match. */
function groups(pattern: RegExp, text: string): readonly (string | undefined)[] {
  return pattern.exec(text) ?? [];
}

/** The name as it is typed. */
export function shownHubName({ repository, revision, file }: HubName): string {
  const at = revision === MAIN ? '' : `@${revision}`;
  return `${repository}${at}${file === undefined ? '' : `:${file}`}`;
}

/** Whether a path of the Hub stays inside the folder that it is joined to, on every system. */
export function isSafePath(path: string): boolean {
  return path.split('/').every((part) => /^(?!\.{1,2}$)[^\\:*?"<>|\p{Cc}]+$/u.test(part));
}
