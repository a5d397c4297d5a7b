import { groupSteps } from './group-steps.js';

const step = (name: string, size: number): { name: string; shape: number[] } => {
  return { name, shape: [size] };
};

describe('groupSteps', () => {
  it('shows equal blocks once, and others separately', () => {
    const steps = [
      step('input', 1),
      ...[2, 2, 3].map((size, i) => step(`blocks.${i}.norm1`, size)),
      step('logits', 4),
    ];
    expect(groupSteps(steps)).toEqual([
      { title: '', steps: [step('input', 1)] },
      { title: 'blocks 0 to 1, each', steps: [step('norm1', 2)] },
      { title: 'block 2', steps: [step('norm1', 3)] },
      { title: '', steps: [step('logits', 4)] },
    ]);
  });
});
