import { JsonField } from './json-field.js';

const parse = (value: unknown): JsonField => JsonField.parse('a.json', JSON.stringify(value));

describe('JsonField', () => {
  it('reads fields, items and entries', () => {
    const file = parse({ list: ['x', 3], map: { y: null } });
    const [text, number] = file.field('list').items();
    expect([text.string(), number.index(4)]).toEqual(['x', 3]);
    const [[name, field]] = file.field('map').entries();
    expect([name, field.oneOf(null, false)]).toEqual(['y', null]);
    expect(file.field('none').oneOf(undefined)).toBeUndefined();
  });

  it('does not treat inherited properties as fields', () => {
    expect(parse({}).field('constructor').value).toBeUndefined();
    expect(JsonField.parse('a.json', '{"__proto__": 1}').field('__proto__').value).toBe(1);
  });

  it('names the file and the path of an unexpected value', () => {
    const file = parse({ a: { 'b c': [1.5] }, long: 'x'.repeat(99) });
    const item = file.field('a').entries()[0][1].items()[0];
    const messages: [() => unknown, string][] = [
      [() => item.index(9), 'a["b c"][0] to be a whole number from 0 to 8, got 1.5'],
      [() => item.string(), 'a["b c"][0] to be a string, got 1.5'],
      [() => item.field('d'), 'a["b c"][0] to be an object, got 1.5'],
      [() => file.field('a').items(), 'a to be an array, got {"b c":[1.5]}'],
      [() => file.field('e').oneOf('x', null), 'e to be "x" or null, got nothing'],
      [
        () => file.field('long').index(2),
        `long to be a whole number from 0 to 1, got "${'x'.repeat(59)}…`,
      ],
      [() => parse([]).entries(), 'an object, got []'],
    ];
    for (const [read, message] of messages) {
      expect(read).toThrow(new RangeError(`a.json: expected ${message}`));
    }
  });

  it('reports in one line that a file is not JSON', () => {
    expect(() => JsonField.parse('a.json', '{\n"a"\n')).toThrow(
      String.raw`a.json: expected JSON, got "{\n\"a\"\n"`,
    );
  });
});
