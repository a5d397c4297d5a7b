import { attacks } from './attacks.js';
import { runAttack } from './run-attack.js';

describe('against attacks in small', () => {
  for (const attack of attacks) {
    // Some attacks are possible only on some machines.
    (attack.missing?.() === undefined ? it : it.skip)(
      `${attack.name}: ${attack.promise}`,
      async () => {
        const { broken, tried } = await runAttack(attack, { tries: attack.tries.small, seed: 1 });
        expect(broken).toEqual([]);
        expect(tried).toBeGreaterThan(0);
      },
      300_000, // the machine may be busy
    );
  }
});
