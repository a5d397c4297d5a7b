import { format } from 'prettier';

/**
 * Returns the page of numbers of one machine, in Markdown: the machine, the versions, and for each row a table of
 * its contestants.
 *
 * @param about - `machine` from `describeMachine`, `date`, version of `node`, `commit`, `threads`, `rounds`, the
 *   `isa` of all contestants, `command`, the page that has `explained` the rows, `loads` of the last minute at start
 *   and end, and whether `anyLoad` was given.
 * @param rows - By name, the summary of `summarizeRow` and the `versions` of contestants.
 */
export async function benchmarkPage(about, rows) {
  const { machine, loads } = about;
  const blocks = [
    `# Benchmarks: ${machine.processor}`,
    `Written by \`${about.command}\`; ${about.explained} says what the rows are. A ratio is the time of a contestant over that of \`native\`, by medians and by bests: above 1, ramble is ahead.`,
    table(['', ''], factsOf(about)),
    ...(about.anyLoad
      ? [
          `**Measured with \`--any-load\`:** the load was ${loads.start.toFixed(2)} at the start, so that times may be those of a busy machine.`,
        ]
      : []),
    '## Versions',
    table(['contestant', 'version'], versionsOf(rows)),
    ...Object.entries(rows).flatMap(([name, row]) => [`## ${name}`, ...sectionOf(row.summary)]),
  ];
  return format(`${blocks.join('\n\n')}\n`, { parser: 'markdown' });
}

function factsOf({ machine, loads, ...about }) {
  return Object.entries({
    processor: machine.processor,
    'instruction sets': machine.instructionSets.join(', ') || 'not known',
    ...(about.isa ? { 'held to': `${about.isa}, except transformers.js` } : {}),
    cores: machine.cores,
    threads: about.threads,
    memory: `${machine.memoryGib} GiB`,
    system: machine.system,
    date: about.date,
    'Node.js': about.node,
    ramble: about.commit,
    rounds: about.rounds,
    'load of the last minute, start': loads.start.toFixed(2),
    'load of the last minute, end': `${loads.end.toFixed(2)} (of the benchmark itself)`,
  });
}

/** Returns the versions that each contestant printed, as lines without duplicates over all rows. */
function versionsOf(rows) {
  const lines = Object.values(rows).flatMap(({ versions }) =>
    Object.entries(versions).map(([name, parts]) => [
      name,
      Object.entries(parts)
        .map(([part, version]) => `${part} ${version}`)
        .join(', '),
    ]),
  );
  return [...new Map(lines.map((line) => [line.join('\n'), line])).values()];
}

function sectionOf({ speed, limit, ...contestants }) {
  if (contestants.native.products) return productsOf(contestants, speed);
  const hasPeak = Object.values(contestants).some(({ peakMegabytes }) => peakMegabytes);
  const lines = Object.entries(contestants).map(([name, summary]) => [
    name,
    summary.medianMilliseconds,
    summary.bestMilliseconds,
    ...ratiosOf(name, contestants, (each) => [each.medianMilliseconds, each.bestMilliseconds]),
    ...(hasPeak ? [summary.peakMegabytes ?? ''] : []),
  ]);
  const head = ['contestant', 'median, ms', 'best, ms', 'ratio of medians', 'ratio of bests'];
  return [
    table([...head, ...(hasPeak ? ['peak memory, MB'] : [])], lines),
    ...(limit
      ? [
          `Memory gives ${limit.gigabytesPerSecond} GB/s, at which a step takes ${limit.milliseconds} ms: the best step of native reaches ${limit.share} of that.`,
        ]
      : []),
  ];
}

/** Formats speeds in place of times: the ratio is native's speed over the peer's. */
function productsOf(contestants, speed) {
  const names = Object.keys(contestants.native.products);
  const lines = names.flatMap((product) =>
    Object.entries(contestants).map(([name, { products }]) => {
      const { medianGigaflops, bestGigaflops } = products[product];
      const inverse = ({ products: { [product]: each } }) => [
        1 / each.medianGigaflops,
        1 / each.bestGigaflops,
      ];
      return [
        product,
        name,
        medianGigaflops,
        bestGigaflops,
        ...ratiosOf(name, contestants, inverse),
      ];
    }),
  );
  const head = ['product', 'contestant', 'median, GFLOPS', 'best, GFLOPS'];
  return [
    table([...head, 'ratio of medians', 'ratio of bests'], lines),
    ...(speed
      ? [
          `Native over the best peer of each product, geometric mean: ${speed['geometric mean'].toFixed(2)}.`,
        ]
      : []),
  ];
}

function ratiosOf(name, contestants, numbersOf) {
  const ours = numbersOf(contestants.native);
  if (name === 'native') return ours.map(() => '');
  return numbersOf(contestants[name]).map((theirs, i) => (theirs / ours[i]).toFixed(2));
}

/** Returns a table in Markdown. */
export function table(head, lines) {
  const cells = [head, head.map(() => '---'), ...lines];
  return cells.map((line) => `| ${line.join(' | ')} |`).join('\n');
}
