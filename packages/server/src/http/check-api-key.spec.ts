import { checkApiKey } from './guards.js';

describe('checkApiKey', () => {
  it('takes any key that all clients send in a header in the same way', () => {
    for (const key of [undefined, 'ishmael', 'sk-09_AZ~!']) {
      expect(() => checkApiKey(key)).not.toThrow();
    }
  });

  it.each([
    ['schlüssel', 'one with other characters'],
    ['鍵', 'one with other characters'],
    ['two words', 'one with other characters'],
    ['line\n', 'one with other characters'],
    ['', 'an empty one'],
  ])('refuses %j without repeating it', (key, got) => {
    expect(() => checkApiKey(key)).toThrow(
      new RangeError(
        `apiKey: expected letters, digits and signs of ASCII without spaces, got ${got}`,
      ),
    );
  });
});
