import { isObject } from '@ramble/core/files';

import { RequestError } from '../request/ignored-fields.js';
import type { CompletionService } from './answer-request.js';

/**
 * The service that answers a body, which is not checked yet: that of the model which it names, or the first
 * one. Whether it names a model at all that is served, `checkModel` says later.
 *
 * @throws RequestError if no model is served.
 */
export function chooseService<Service extends CompletionService>(
  services: readonly Service[],
  body: unknown,
): Service {
  const asked = isObject(body) ? body.model : undefined;
  const service = services.find(({ served }) => served.id === asked) ?? services.at(0);
  if (service) return service;
  throw new RequestError('model: expected a server of a model, got one that serves none', {
    status: 404,
    field: 'model',
    code: 'model_not_found',
  });
}

/**
 * Checks that a request names a model that is served.
 *
 * @throws RequestError for any other.
 */
export function checkModel(
  services: readonly Pick<CompletionService, 'served'>[],
  asked: string | undefined,
): void {
  const ids = services.map(({ served }) => served.id);
  if (asked === undefined || ids.includes(asked)) return;
  const expected = ids.length > 1 ? `one of ${ids.join(', ')}` : (ids.at(0) ?? 'none');
  throw new RequestError(`model: expected ${expected}, got ${asked}`, {
    status: 404,
    field: 'model',
    code: 'model_not_found',
  });
}
