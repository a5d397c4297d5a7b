import { parseJson } from './json.js';

const nested = (depth: number, [open, close]: readonly [string, string]): string =>
  open.repeat(depth) + '0' + close.repeat(depth);

describe('parseJson', () => {
  it('returns the same as JSON.parse', () => {
    const text = '{"a":[1,"b",null,{"c":false}],"d":{}}';
    expect(parseJson(text)).toEqual(JSON.parse(text));
    expect(parseJson(nested(100, ['[', ']']))).toEqual(JSON.parse(nested(100, ['[', ']'])));
  });

  it.each([
    ['', 'expected JSON, got nothing'],
    ['{"step": 1', 'expected JSON, got "{\\"step\\": 1"'],
    ['\x1b]0;x\u202e', 'expected JSON, got "\\u001b]0;x\\u202e"'],
    ['x'.repeat(99), `expected JSON, got "${'x'.repeat(40)}…"`],
    [nested(101, ['[', ']']), 'expected JSON of at most 100 levels, got more'],
    [nested(200_000, ['[', ']']), 'expected JSON of at most 100 levels, got more'],
    [nested(200_000, ['{"a":', '}']), 'expected JSON of at most 100 levels, got more'],
    ['['.repeat(200_000), `expected JSON, got "${'['.repeat(40)}…"`],
  ])('refuses %#', (text, message) => {
    let refusal: unknown;
    try {
      parseJson(text);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(TypeError);
    expect(refusal).toHaveProperty('message', message);
  });
});
