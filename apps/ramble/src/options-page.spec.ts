interface DescribeIn {
  readonly describeIn: (
    meanings: ReadonlyMap<string, string>,
    domains: readonly string[],
  ) => string;
}
const module = new URL('../../../tools/docs/describe-in.mjs', import.meta.url).href;
const { describeIn } = (await import(module)) as DescribeIn;

describe('the page of options', () => {
  it.each([
    [{ a: 'X. (default: 1)', b: 'X. (default: 1)' }, 'X. (default: 1)'],
    [{ a: 'X. (p, q; default: p)', b: 'X. (p, q; default: q)' }, 'X. (p, q; default: p) In b: q.'],
    [{ a: 'X. (default: 1)', b: 'Y. (default: 1)' }, 'X. (default: 1) In b: Y. (default: 1).'],
    [{ b: 'X.' }, 'X. Only b.'],
  ])('describes the differences between domains: %j', (meanings, text) => {
    expect(describeIn(new Map(Object.entries(meanings)), ['a', 'b'])).toBe(text);
  });
});
