import { foreignAdvice } from './foreign-advice.js';
import { FOREIGN_NAMES, foreignNamesOf } from './foreign-names.js';

const TRAIN = [
  'contextLength',
  'learningRate',
  'maxSteps',
  'evalInterval',
  'recompute',
  'schedule',
];
const SAMPLE = ['method', 'maxNewTokens', 'model', 'out', 'weights', 'count'];

describe('foreignNamesOf', () => {
  it('maps names of other programs, and names in snake case, to settings', () => {
    const names = foreignNamesOf(TRAIN);
    expect(names.get('block_size')).toBe('contextLength');
    expect(names.get('lr')).toBe('learningRate');
    expect(names.get('eval_steps')).toBe('evalInterval');
    expect(names.get('max_steps')).toBe('maxSteps');
    expect(names.get('n_predict')).toBeUndefined();
  });

  it('leaves out a name that means something else in the given settings', () => {
    expect(foreignNamesOf(['out', 'maxSteps']).get('out_dir')).toBe('out');
    expect(foreignNamesOf(SAMPLE).get('out_dir')).toBeUndefined(); // nanoGPT samples from its out_dir
  });

  it('has no name twice, so that none depends on the order of the table', () => {
    const all = [...FOREIGN_NAMES.values()].flat();
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([]);
  });
});

describe('foreignAdvice', () => {
  it.each([
    ['doSample', 'true', SAMPLE, { say: '--method random' }],
    ['do-sample', 'False', SAMPLE, { say: '--method greedy' }],
    ['do_sample', undefined, SAMPLE, { say: '--method random' }],
    ['gradient_checkpointing', 'false', TRAIN, { say: '--no-recompute' }],
    [
      'max-length',
      '50',
      SAMPLE,
      { say: '--max-new-tokens 50', because: 'it does not count the prompt' },
    ],
    ['out-dir', 'runs/a', SAMPLE, { say: '--model runs/a' }],
    ['use_cache', 'true', SAMPLE, { because: 'keys and values are always kept' }],
  ])('advises what to type instead of %s %s', (name, value, known, advice) => {
    expect(foreignAdvice(name, value, known)).toMatchObject(advice);
  });

  it('advises no flag that does not exist', () => {
    expect(foreignAdvice('do_sample', 'true', TRAIN)).toBeUndefined();
    expect(foreignAdvice('epochs', '3', SAMPLE)).toBeUndefined();
    expect(foreignAdvice('frobnicate', undefined, SAMPLE)).toBeUndefined();
  });
});
