import { readFileSync } from 'node:fs';

import { type ManSection, readManPage } from './read-man-page.js';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url), 'utf8');
const wordsOf = (text: string): string[] => (text.match(/[^\s⟨⟩─]+/g) ?? []).sort();

function read(source: string): readonly ManSection[] {
  const sections = readManPage(source);
  if (typeof sections === 'string') throw new Error(`expected sections, got ${sections}`);
  return sections;
}
const body = (source: string): string[] => [...read(`.SH X\n${source}`)[0].paragraphs];

describe('readManPage', () => {
  it('reads the words that groff shows on a terminal', () => {
    const sections = read(fixture('whale.1'));
    const own = sections.flatMap(({ heading, paragraphs }) => [heading, ...paragraphs]);
    expect(wordsOf(own.join('\n'))).toEqual(wordsOf(fixture('whale.txt')));
  });

  it('has sections with their paragraphs in order', () => {
    const sections = read(fixture('whale.1'));
    expect(sections.map(({ heading }) => heading)).toEqual([
      ...['NAME', 'SYNOPSIS', 'WHAT IT DOES', 'SEE ALSO'],
    ]);
    expect(sections[2].paragraphs.slice(0, 4)).toEqual([
      "A whale swims, and doesn't walk. It is 5 m to 30 m long — or longer.",
      'Paths have backslashes: C:\\SEA\\.',
      '-d, --dive=DEPTH Dives down.',
      'two words Seen on a terminal.',
    ]);
  });

  it.each([
    ['.ie t \\{\\\npaper\n.\\}\n.el terminal', ['terminal']],
    ['.if n terminal\n.if t paper', ['terminal']],
    ['a\n\nb', ['a', 'b']],
    ['.B "say ""no"""', ['say "no"']],
    ['.IP "" 4\na\r\nb', ['a b']],
    ['.unknown a\n.\nb', ['b']],
    ['.de XX\nnot this\n..\nb', ['b']],
    ['a \\" a comment', ['a']],
    ["\\s-1A\\s0\\v'1'\\k:\\(zz\\*(Tm\\n(.g\\", ['A™']],
    ['.TS\nl.\na\tb\n.T&\nc s.\nd\n.TE\nc', ['a b d c']],
  ])('reads %j', (source, paragraphs) => {
    expect(body(source)).toEqual(paragraphs);
  });

  it('recognizes a page that refers to another one, and a page in other macros', () => {
    expect(readManPage('.so man1/whale.1\n')).toBe('alias');
    expect(readManPage('.Dd May 1\n.Dt X 1\n.Sh NAME\n.Nm x\n')).toBe('mdoc');
  });

  it('reads anything', () => {
    expect(readManPage('')).toEqual([]);
    expect(read('.SH')).toEqual([]);
    expect(read('.de X\nopen')).toEqual([]);
    expect(read('.SH A\n.if t \\{\\\nopen')).toEqual([{ heading: 'A', paragraphs: [] }]);
  });
});
