import { median } from './numbers.mjs';

/**
 * Summarizes a row's turns: median and best of every contestant, native's speed relative to each other contestant
 * (above 1, native is ahead), and for decoding the fraction of the memory's limit.
 *
 * @param players - By name, `{ versions, turns }` as `takeTurns` returns them.
 */
export function summarizeRow(players) {
  const turnsOf = Object.fromEntries(
    Object.entries(players).map(([name, { turns }]) => [name, turns]),
  );
  const { native, memory, ...others } = turnsOf;
  const ours = summaryOf(native);
  const peers = Object.fromEntries(
    Object.entries(others).map(([name, turns]) => [name, summaryOf(turns)]),
  );
  return {
    native: ours,
    ...peers,
    ...(Object.keys(peers).length > 0 ? { speed: speedOf(ours, peers) } : {}),
    ...(memory ? { limit: limitOf(native, memory) } : {}),
  };
}

/**
 * Returns the median and the best value of a contestant over all turns. The values are times of steps, or the speed of
 * each matrix product.
 */
function summaryOf(turns) {
  if (Array.isArray(turns[0])) {
    const products = turns[0].map(({ name }, i) => {
      const speeds = turns.map((turn) => turn[i].gigaflops);
      return [name, { medianGigaflops: median(speeds), bestGigaflops: Math.max(...speeds) }];
    });
    return { products: Object.fromEntries(products) };
  }
  const times = turns.flatMap(({ milliseconds }) => milliseconds);
  const { peakMegabytes, tokensPerSecond } = turns.at(-1);
  return {
    medianMilliseconds: median(times),
    bestMilliseconds: Math.min(...times),
    ...(peakMegabytes ? { peakMegabytes } : {}),
    ...(tokensPerSecond
      ? { tokensPerSecond: median(turns.map((turn) => turn.tokensPerSecond)) }
      : {}),
  };
}

/**
 * Returns the native engine's speed relative to each other contestant. For matrix products: relative to the fastest
 * other contestant at each product, and the geometric mean of these ratios.
 */
function speedOf(native, peers) {
  if (!native.products) {
    const ratios = Object.entries(peers).map(([name, { medianMilliseconds }]) => [
      name,
      round(medianMilliseconds / native.medianMilliseconds),
    ]);
    return Object.fromEntries(ratios);
  }
  const ratios = Object.entries(native.products).map(([name, { medianGigaflops }]) => {
    const theirs = Object.values(peers).map(({ products }) => products[name].medianGigaflops);
    return [name, medianGigaflops / Math.max(...theirs)];
  });
  const logs = ratios.map(([, ratio]) => Math.log(ratio));
  const mean = Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
  return Object.fromEntries(
    [...ratios, ['geometric mean', mean]].map(([name, ratio]) => [name, round(ratio)]),
  );
}

/**
 * Returns the speed of decoding as a fraction of the limit by memory bandwidth: best measured bandwidth, best time of a
 * step.
 */
function limitOf(native, memory) {
  const gigabytesPerSecond = Math.max(...memory.map((turn) => turn.gigabytesPerSecond));
  const milliseconds = native[0].stepMegabytes / gigabytesPerSecond;
  const best = Math.min(...native.map((turn) => turn.milliseconds));
  return {
    gigabytesPerSecond,
    milliseconds: round(milliseconds),
    share: round(milliseconds / best),
  };
}

function round(ratio) {
  return Number(ratio.toFixed(2));
}
