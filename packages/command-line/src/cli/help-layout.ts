import { type Command, Help } from 'commander';

/** The layout of help, and the name of the program in its examples. */
export interface HelpForm {
  /** Width in characters. */
  readonly columns: number;
  /** Replaces `ramble` by the words that start the program. */
  readonly typed: (text: string) => string;
}

/** Width without a terminal, in columns. */
export const PLAIN_COLUMNS = 80;
/** Widest column of names; longer names have their description on the next line. */
const WIDEST_TERM = 28;
/** Minimum width of descriptions to the right of names; narrower ones go below the names. */
const NARROWEST_TEXT = 30;
const INDENT = 2;
const INDENT_BELOW = 6;

/** Lays out the help of a command at any width: descriptions are wrapped to the right of names or below them. */
export function layOut(command: Command, { columns, typed }: HelpForm): void {
  command.configureHelp({
    helpWidth: columns,
    minWidthToWrap: 1,
    padWidth: (cmd, helper) =>
      Math.min(WIDEST_TERM, Help.prototype.padWidth.call(helper, cmd, helper)),
    commandUsage: (cmd) => {
      const usage = `${cmd.name()} ${cmd.usage()}`;
      return hanging(usage.split(' '), columns, 'Usage: '.length).join('\n').trimStart();
    },
    formatItem: (term, termWidth, description, helper) => {
      const start = INDENT + termWidth + 2;
      const isBelow = columns - start < NARROWEST_TEXT;
      const indent = isBelow ? INDENT_BELOW : start;
      const lines = helper.boxWrap(typed(description), columns - indent).split('\n');
      const margin = ' '.repeat(indent);
      const name = ' '.repeat(INDENT) + term;
      if (isBelow || term.length > termWidth) {
        return [name, ...lines.map((line) => margin + line)].join('\n');
      }
      return [name.padEnd(indent) + lines[0], ...lines.slice(1).map((line) => margin + line)].join(
        '\n',
      );
    },
  });
}

/** Formats the examples of a command, each on one line. A line longer than the width is continued with `\`. */
export function exampleLines(examples: readonly string[], { columns, typed }: HelpForm): string {
  const heading = examples.length > 1 ? 'Examples:' : 'Example:';
  const lines = examples.flatMap((example) => {
    const parts = hanging(withValues(typed(example)), columns - ' \\'.length, INDENT, INDENT + 2);
    return parts.map((part, i) => (i < parts.length - 1 ? `${part} \\` : part));
  });
  return `\n${[heading, ...lines].join('\n')}\n`;
}

/** Fills lines with words; the first line has an indent, the others a deeper one. */
function hanging(words: readonly string[], columns: number, first: number, next = first): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    const isNew = line === undefined || line.length + 1 + word.length > columns;
    if (isNew) lines.push(' '.repeat(line === undefined ? first : next) + word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Splits a command line into words, but keeps each flag and its value together, so that no line ends between them. */
function withValues(command: string): string[] {
  const words = command.match(/(?:'[^']*'|\S)+/g) ?? [];
  const groups: string[] = [];
  for (const word of words) {
    const last = groups.at(-1);
    const isValue = last !== undefined && /^-\S+$/.test(last) && !word.startsWith('-');
    if (isValue) groups[groups.length - 1] += ` ${word}`;
    else groups.push(word);
  }
  return groups;
}
