/**
 * Returns the lines of a training log (JSON Lines) for the steps after `from` up to `to`, with a noisy, falling loss
 * and a validation every 1,000 steps.
 */
export function logLines(from: number, to: number, seed: number): string {
  return Array.from({ length: to - from }, (_, i) => {
    const step = from + i + 1;
    const noise = Math.abs(Math.sin(step * 12.9898 + seed * 78.233) * 43758.5453) % 1;
    const loss = 2 + 6 / Math.sqrt(1 + step / 500) + 0.1 * seed + 0.5 * noise;
    const entry = {
      step,
      loss,
      learningRate: 0.001 * (1 - step / 200_000),
      gradientNorm: 1 + noise,
      tokensPerSecond: 5000 + 500 * noise,
      elapsedSeconds: step * (1 + 0.1 * seed),
      ...(step % 1000 === 0 && { validationLoss: loss }),
    };
    return `${JSON.stringify(entry)}\n`;
  }).join('');
}
