import { answerTabs, askTabs, takeToken } from './page-token.js';

function browser(hash: string, kept: Record<string, string> = {}) {
  const addresses: string[] = [];
  const token = takeToken(
    { hash },
    { replaceState: (_data, _unused, url) => void addresses.push(String(url)) },
    {
      getItem: (name) => kept[name] ?? null,
      setItem: (name, value) => void (kept[name] = value),
    },
  );
  return { token, addresses, kept };
}

describe('takeToken', () => {
  it('takes the token out of the address and keeps it for the tab', () => {
    const { token, addresses, kept } = browser('#token=a%2Fb');
    expect(token).toBe('a/b');
    expect(addresses).toEqual(['#']);
    expect(browser('#/look?model=book', kept)).toMatchObject({ token: 'a/b', addresses: [] });
  });

  it('leaves the place that follows the token', () => {
    expect(browser('#token=abc&/look?model=book').addresses).toEqual(['#/look?model=book']);
  });

  it("is empty, and keeps the tab's token, for a token cut within an escape", () => {
    const { token, addresses, kept } = browser('#token=%&/look', { 'ramble-explorer-token': 'a' });
    expect([token, addresses]).toEqual(['', ['#/look']]);
    expect(browser('#/look', kept).token).toBe('a');
  });

  it('is empty if none was given', () => {
    expect(browser('').token).toBe('');
  });
});

describe('askTabs', () => {
  const channels: BroadcastChannel[] = [];
  const openChannel = () => {
    const channel = new BroadcastChannel('page-token.spec');
    channels.push(channel);
    return channel;
  };
  afterEach(() => {
    for (const channel of channels.splice(0)) channel.close();
  });
  const accept = (isAccepted: boolean) => () => Promise.resolve(isAccepted);

  it('gets the token of the tab that the server accepts, and keeps it', async () => {
    answerTabs(openChannel(), 'old', accept(false));
    answerTabs(openChannel(), '', accept(true));
    answerTabs(openChannel(), 'new', accept(true));
    const kept: string[] = [];
    const storage = { setItem: (_: string, value: string) => void kept.push(value) };
    expect(await askTabs(openChannel(), storage)).toBe('new');
    expect(kept).toEqual(['new']);
  });

  it('is empty, and stores nothing, if no tab answers', async () => {
    const setItem = () => {
      throw new Error('nothing to keep');
    };
    expect(await askTabs(openChannel(), { setItem }, 20)).toBe('');
  });
});
