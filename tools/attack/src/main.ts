/**
 * `npx nx attack`: makes every attack in full, prints the results and writes the table into
 * docs/dev/reliability.md. Exit status 1 when something did not hold.
 *
 *     npx nx attack                         # all of it
 *     npx nx attack -- --only kills --tries 5 --seed 7     # prints the table of one alone
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { format } from 'prettier';

import { attackTable, withTable } from './attack-table.js';
import { attacks } from './attacks.js';
import { type AttackRow, runAttack } from './run-attack.js';

const page = new URL('../../../docs/dev/reliability.md', import.meta.url);
const { values } = parseArgs({
  options: { only: { type: 'string' }, tries: { type: 'string' }, seed: { type: 'string' } },
});

const rows: AttackRow[] = [];
for (const attack of attacks) {
  if (values.only !== undefined && values.only !== attack.name) continue;
  const start = performance.now();
  const tries = Number(values.tries ?? attack.tries.full);
  const row = await runAttack(attack, { tries, seed: Number(values.seed ?? 1) });
  rows.push(row);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${attack.name}: ${row.missing ?? `${row.held} of ${row.tried} held`}, ${seconds} s`);
  for (const { what, broken } of row.broken) console.log(`  ${what}: ${broken}`);
}
if (rows.length === 0)
  throw new Error(`--only: expected the name of an attack, got ${values.only}`);
if (values.only === undefined && values.tries === undefined) {
  const text = withTable(await readFile(page, 'utf8'), attackTable(rows));
  await writeFile(page, await format(text, { parser: 'markdown' }));
} else {
  console.log(attackTable(rows));
}
if (rows.some(({ broken }) => broken.length > 0)) process.exitCode = 1;
