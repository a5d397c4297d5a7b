/** Writes the text of a document, without white space that only its markup has. */
export interface TextLayout {
  /** Adds text in which any run of white space is one space. */
  readonly text: (text: string) => void;
  /** Adds unchanged text. */
  readonly verbatim: (text: string) => void;
  /** Ends the line. */
  readonly line: () => void;
  /** Ends the paragraph: an empty line follows. */
  readonly paragraph: () => void;
  /** Separates the cells of a table. */
  readonly cell: () => void;
  /** Returns what was written since the last call. */
  readonly take: () => readonly string[];
}

/** Starts an empty text. Breaks and spaces are written only between two texts, and several as the widest one. */
export function textLayout(): TextLayout {
  let [written, gap, hasText] = ['', '', false];
  const widen = (other: string): void => {
    if (rank(other) > rank(gap)) gap = other;
  };
  const verbatim = (text: string): void => {
    if (text === '') return;
    written += (hasText ? gap : '') + text;
    [gap, hasText] = ['', true];
  };
  return {
    text: (text) => {
      const words = text.replace(/[ \t\r\n\f]+/g, ' '); // not the no-break space
      if (words.startsWith(' ')) widen(' ');
      verbatim(words.slice(words.startsWith(' ') ? 1 : 0, words.endsWith(' ') ? -1 : undefined));
      if (words.endsWith(' ')) widen(' ');
    },
    verbatim,
    line: () => widen('\n'),
    paragraph: () => widen('\n\n'),
    cell: () => widen('\t'),
    take: () => {
      const text = written;
      written = '';
      return text === '' ? [] : [text];
    },
  };
}

const GAPS = ['', ' ', '\t', '\n', '\n\n'];

function rank(gap: string): number {
  return GAPS.indexOf(gap);
}
