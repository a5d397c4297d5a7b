import type { AttentionKind, AttentionSettings, LayerAttention } from './attention-kind.js';
import { type AttentionPattern, patternKinds } from './attention-kinds.js';

/** The settings that say what each layer's attention is. */
export interface AttentionModel extends AttentionSettings {
  readonly attention: AttentionPattern;
}

type WithPattern = Pick<AttentionModel, 'attention'>;

const kindsOfModel = new WeakMap<WithPattern, readonly AttentionKind[]>();
const layersOfModel = new WeakMap<AttentionModel, LayerAttention[]>();

/** The attention of one layer of a model; it is made once per model. */
export function attentionOf(model: AttentionModel, layer: number): LayerAttention {
  let layers = layersOfModel.get(model);
  if (!layers) layersOfModel.set(model, (layers = []));
  const kinds = kindsOf(model);
  return (layers[layer] ??= kinds[layer % kinds.length].inLayer(model, layer));
}

/** Number of layers after which the kinds of a model begin again. */
export function patternLength(model: WithPattern): number {
  return kindsOf(model).length;
}

/** Whether a model remembers earlier segments, so that sequences can be longer than the context. */
export function remembersSegments(model: WithPattern): boolean {
  return kindsOf(model).some(({ remembers }) => remembers);
}

/** Whether the first positions of a sequence see one another both ways: a prefix is read as a whole. */
export function hasPrefix(model: WithPattern): boolean {
  return kindsOf(model).some((kind) => kind.hasPrefix);
}

/** Whether a layer sees a sliding window. */
export function seesWindow(model: WithPattern, layer: number): boolean {
  const kinds = kindsOf(model);
  return kinds[layer % kinds.length].slides ?? false;
}

/** Whether the end of a sequence may stay in the cache as it is while what is before it changes. */
export function isMovable(model: WithPattern & { readonly positions: string }): boolean {
  return model.positions === 'none' && kindsOf(model).every((kind) => kind.isMovable);
}

/** Maximum number of positions of a sequence: a context, or any number for a model that remembers. */
export function mostPositions(model: Pick<AttentionModel, 'attention' | 'contextLength'>): number {
  return remembersSegments(model) ? Infinity : model.contextLength;
}

/** The kinds of a model's pattern, parsed once a model. */
function kindsOf(model: WithPattern): readonly AttentionKind[] {
  const known = kindsOfModel.get(model);
  if (known) return known;
  const kinds = patternKinds(model.attention);
  kindsOfModel.set(model, kinds);
  return kinds;
}
