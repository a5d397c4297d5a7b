import { isSafePath, parseHubName, shownHubName } from './hub-environment.js';

describe('parseHubName', () => {
  it.each([
    ['Qwen/Qwen3-0.6B', { repository: 'Qwen/Qwen3-0.6B', revision: 'main' }],
    ['Qwen/Qwen3-0.6B@refs/pr/7', { repository: 'Qwen/Qwen3-0.6B', revision: 'refs/pr/7' }],
    ['a/b:x/W.gguf', { repository: 'a/b', revision: 'main', file: 'x/W.gguf' }],
    ['a/b@v1:Q4_K_M', { repository: 'a/b', revision: 'v1', file: 'Q4_K_M' }],
  ])('reads %s, and shows it so', (word, name) => {
    expect(parseHubName(word)).toEqual(name);
    expect(shownHubName(name)).toBe(word);
  });

  it.each([
    ...['gpt2', './gpt2', '/gpt2', 'a/b/c', 'C:\\models\\gpt2', 'a/', '/b', 'a b/c', '../gpt2'],
    ...['a/b@', 'a/b:', 'a/b@../../x', 'a/b:../x.gguf', 'a/b:/x.gguf', 'a/b.git', 'a--b/c', '~/x'],
  ])('does not take %s for one', (word) => {
    expect(parseHubName(word)).toBeUndefined();
  });
});

describe('isSafePath', () => {
  it.each(['config.json', 'a/b.gguf', '.gitattributes', 'a..b'])('accepts %s', (path) => {
    expect(isSafePath(path)).toBe(true);
  });
  it.each(['', '/etc', '../x', 'a/../../x', 'a//b', 'a\\b', 'C:x', '.', 'a\0'])(
    'refuses %j',
    (path) => {
      expect(isSafePath(path)).toBe(false);
    },
  );
});
