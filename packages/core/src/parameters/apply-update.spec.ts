import { curvature, names, optimizerRuns, start, target } from '../../test/optimizer-runs.js';
import { applyUpdate } from './apply-update.js';
import { clipFactor } from './optimizer.js';

describe('applyUpdate', () => {
  it.each(optimizerRuns.map((run) => [run.name, run] as const))(
    "follows PyTorch's %s for ten steps",
    (_, { ruleAt, decaysVectors, clipNorm, losses, gradNorms, after }) => {
      const parameters = names.map((name) => ({
        name,
        values: Float32Array.from(start[name]),
        slots: {
          mean: new Float32Array(start[name].length),
          variance: new Float32Array(start[name].length),
        },
        decays: decaysVectors || name !== 'b',
      }));
      for (let step = 1; step <= 10; step++) {
        const offsets = parameters.map(({ name, values }) =>
          Array.from(values, (value, i) => value - target[name][i]),
        );
        const gradients = parameters.map(({ name }, p) =>
          offsets[p].map((offset, i) => curvature[name][i] * offset),
        );
        const loss = gradients
          .flatMap((gradient, p) => gradient.map((g, i) => 0.5 * g * offsets[p][i]))
          .reduce((sum, part) => sum + part, 0);
        const norm = Math.hypot(...gradients.flat());
        expect([loss, norm]).toBeAllClose([losses[step - 1], gradNorms[step - 1]], { rtol: 1e-5 });

        const scale = clipFactor(norm, clipNorm);
        parameters.forEach(({ values, slots, decays }, p) => {
          applyUpdate(ruleAt(step), values, gradients[p], (slot) => slots[slot], { scale, decays });
        });
        for (const { name, values } of parameters) {
          const expected = after.get(step)?.[name];
          if (expected) expect(values).toBeAllClose(expected, { atol: 1e-5 });
        }
      }
    },
  );
});
