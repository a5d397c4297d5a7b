import { findRun } from './find-runs.js';

describe('findRun', () => {
  it.each([
    ['RUN', 'RUN', undefined],
    ['./a/RUN/', './a/RUN/', undefined],
    ['RUN/checkpoints/00002000', 'RUN', 2000],
    ['a/RUN/checkpoints/2000/', 'a/RUN', 2000],
    ['checkpoints/20', '.', 20],
    ['/checkpoints/20', '/', 20],
    ['C:\\RUN\\checkpoints\\20', 'C:\\RUN', 20],
    ['RUN/checkpoints', 'RUN/checkpoints', undefined],
    ['RUN/mycheckpoints/20', 'RUN/mycheckpoints/20', undefined],
  ])('reads %s', (path, folder, step) => {
    const found = findRun(path);
    expect(found.storage.name).toBe(folder);
    expect(found.step).toBe(step);
  });
});
