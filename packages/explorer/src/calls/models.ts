import { type WholeCall, wholeCall } from '../call.js';
import type { ModelView } from '../contract.js';
import type { ExploredModels } from '../models/explored-model.js';
import { modelView } from '../models/model-view.js';
import { question } from '../questions/fields.js';

/** Lists the models that are open. */
export function modelsCall(
  models: ExploredModels,
  canChat: boolean,
): WholeCall<readonly ModelView[]> {
  return wholeCall(question({}), () => models.list().map((model) => modelView(model, canChat)));
}
