import type { LogitFilter } from './logit-filter.js';

/** Divides the logits: below 1 the likely tokens become likelier. */
export function divideTemperature(temperature: number): LogitFilter {
  return (logits) => {
    for (let token = 0; token < logits.length; token++) logits[token] /= temperature;
  };
}
