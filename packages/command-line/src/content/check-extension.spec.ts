import { checkExtension } from './write-artifact.js';

describe('checkExtension', () => {
  it.each([
    [['.html'], '.html'],
    [['.mid', '.svg'], '.mid or .svg'],
    [['.mid', '.midi', '.svg'], '.mid, .midi or .svg'],
  ])('lists the extensions %j in words', (extensions, list) => {
    expect(() => {
      checkExtension('--out', extensions, 'x.png');
    }).toThrow(`--out: expected a name that ends in ${list}, got x.png`);
  });
});
