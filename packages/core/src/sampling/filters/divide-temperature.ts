import type { LogitFilter } from './logit-filter.js';

/** Divides the logits by the temperature: below 1 likely tokens become more likely. */
export function divideTemperature(temperature: number): LogitFilter {
  return (logits) => {
    for (let token = 0; token < logits.length; token++) logits[token] /= temperature;
  };
}
