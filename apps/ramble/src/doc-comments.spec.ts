import { type ESLint, Linter } from 'eslint';
import { parser } from 'typescript-eslint';

const module = new URL('../../../tools/lint/doc-comment.mjs', import.meta.url).href;
const { default: ramble } = (await import(module)) as { readonly default: ESLint.Plugin };

/** The messages of the rule about some code. */
function complaints(code: string): string[] {
  const config: Linter.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser },
    plugins: { ramble },
    rules: { 'ramble/doc-comment': 'error' },
  };
  return new Linter()
    .verify(code, [config], 'a.ts')
    .map(({ line, message }) => `${line}: ${message}`);
}

const leaning = (words: string): string =>
  `doc comment: expected a sentence that stands alone, got one that begins with "${words}"`;

describe('the rule of doc comments', () => {
  it('accepts a sentence that needs no context', () => {
    expect(complaints('/** The sum of logProbabilities. */\nexport const sum = 1;')).toEqual([]);
  });

  it.each([
    ['/** Of each token. */', leaning('Of')],
    ['/** The same, instead of `valid`. */', leaning('The same')],
    ['/**\n * Where it goes.\n *\n * @param out - A path.\n */', leaning('Where')],
    [
      '/** @throws Error when there is none. */',
      'doc comment: expected a sentence before its tags, got none',
    ],
  ])('refuses %j of a function', (comment, message) => {
    expect(complaints(`${comment}\nexport function find(): void {}`)).toEqual([`1: ${message}`]);
  });

  it('looks at the members of interfaces and classes too', () => {
    const member = '  /** Its length. */\n  readonly length: number;';
    expect(complaints(`export interface Run {\n${member}\n}`)).toEqual([`2: ${leaning('Its')}`]);
    expect(complaints(`export class Run {\n${member}\n}`)).toEqual([`2: ${leaning('Its')}`]);
  });

  it('leaves out code that is not exported, and comments of other kinds', () => {
    expect(complaints('/** Of each token. */\nconst sum = 1;')).toEqual([]);
    expect(complaints('// Of each token.\nexport const sum = 1;')).toEqual([]);
  });
});
