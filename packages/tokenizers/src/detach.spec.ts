import { detach } from './utf8.js';

describe('detach', () => {
  it('gives the same text, a leading U+FEFF included', () => {
    for (const text of ['', 'whale', '\ufeffé 日本 😀']) expect(detach(text)).toBe(text);
  });

  it('replaces lone surrogates by U+FFFD', () => {
    expect(detach('a\ud83d')).toBe('a\ufffd');
  });
});
