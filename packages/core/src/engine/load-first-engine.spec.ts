import { type Engine, loadFirstEngine } from './engine.js';

let loaded: string[];
beforeEach(() => (loaded = []));

function engine(name: string, obstacle?: string): Engine {
  return {
    name,
    description: name,
    check: () => Promise.resolve(obstacle),
    load: () => {
      loaded.push(name);
      return Promise.resolve();
    },
  };
}

describe('loadFirstEngine', () => {
  it('loads the first engine that runs, and reports why earlier ones cannot run', async () => {
    const reported: string[] = [];
    const engines = [engine('a', 'no compiler'), engine('b'), engine('c')];
    const found = await loadFirstEngine(engines, ({ name }, obstacle) => {
      reported.push(`${name}: ${obstacle}`);
    });
    expect([found.name, loaded, reported]).toEqual(['b', ['b'], ['a: no compiler']]);
  });

  it('throws if no engine runs on this machine', async () => {
    await expect(loadFirstEngine([engine('a', 'no compiler')])).rejects.toThrow(
      new Error('engine: expected one that runs on this machine, got none'),
    );
    expect(loaded).toEqual([]);
  });
});
