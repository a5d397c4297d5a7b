import { useSignal } from '@preact/signals';
import type { MapsEvent } from '@ramble/explorer';
import { Fragment, type JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { LinkButton } from '../shell/buttons.js';
import type { Subject } from './cache-part.js';
import { type HeadPlace, type Heads, isSame, MAX_HEADS, nameOf, useMaps } from './heads.js';
import { paintShades } from './paint.js';

/** Maximum number of cells in a row of a head's small picture. */
const SIDE = 32;

/**
 * Chooses a head by a small picture of its attention. The pictures of all layers and heads form a grid, as in the model
 * view of BertViz (Vig 2019, https://arxiv.org/abs/1906.05714). Arrow keys move between them.
 */
export function HeadChoice(props: {
  readonly subject: Subject;
  readonly heads: Heads;
  /** Whether the mean of a layer's heads can be chosen, and several heads together. */
  readonly isForPictures: boolean;
}): JSX.Element {
  const { subject, heads, isForPictures } = props;
  const { layers } = subject.study;
  const { chosen } = heads;
  const isAdding = useSignal(false);
  const pick = (place: HeadPlace, isMore: boolean) => {
    if (isForPictures && isMore) heads.toggle(place);
    else heads.choose(place);
  };
  return (
    <div class="heads">
      <div class="head-options">
        <Check
          label="Shades by row"
          title="The largest weight of each row has the full colour."
          isOn={heads.shades.isByRow === true}
          onChange={(isByRow) => heads.setShades({ ...heads.shades, isByRow })}
        />
        <Check
          label="Hide the first token"
          title="Many heads attend to the first token if nothing else matters to them. Its weights are not drawn; the others stay as they are."
          isOn={heads.shades.hidesFirst === true}
          onChange={(hidesFirst) => heads.setShades({ ...heads.shades, hidesFirst })}
        />
        {isForPictures && (
          <Check
            label="Add heads by click"
            title={`Up to ${MAX_HEADS} heads are drawn together, each in its colour. Shift and a click do the same.`}
            isOn={isAdding.value}
            onChange={(isOn) => (isAdding.value = isOn)}
          />
        )}
      </div>
      <HeadGrid
        subject={subject}
        heads={heads}
        hasMean={isForPictures}
        onPick={(place, isShifted) => pick(place, isAdding.value || isShifted)}
      />
      <p class="hint">
        Layer {chosen.layer + 1}: {describeLayer(layers[chosen.layer])}.
      </p>
      <Legend heads={heads} />
    </div>
  );
}

function Check(props: {
  readonly label: string;
  readonly title: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}): JSX.Element {
  const { label, title, isOn, onChange } = props;
  return (
    <label title={title}>
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      {label}
    </label>
  );
}

const MOVES: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ...{ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] },
};

/**
 * The small pictures of all heads. Each layer is a row, or a column if the model has more layers than heads, so that
 * all pictures are visible. One of them is in the tab order; arrow keys move the focus.
 */
function HeadGrid(props: {
  readonly subject: Subject;
  readonly heads: Heads;
  readonly hasMean: boolean;
  readonly onPick: (place: HeadPlace, isShifted: boolean) => void;
}): JSX.Element {
  const { subject, heads, hasMean, onPick } = props;
  const { model, prompt, study } = subject;
  const maps = useMaps({ model: model.id, prompt, side: SIDE, ...heads.shades });
  const count = study.layers[0]?.heads ?? 0;
  const columns = [
    ...(hasMean ? [undefined] : []),
    ...Array.from({ length: count }, (_, head) => head),
  ];
  const { chosen } = heads;
  const isDeep = study.layers.length > columns.length;
  return (
    <div
      class={isDeep ? 'head-grid head-grid-deep' : 'head-grid'}
      role="group"
      aria-label="Layer and head"
      style={{
        '--columns': columns.length,
        '--side': `${sideFor(study.layers.length, columns.length)}px`,
      }}
      onKeyDown={(event) => moveFocus(event, isDeep)}
    >
      <span class="heads-title">Layer</span>
      {columns.map((head) => (
        <span key={head} class="head-title" aria-hidden="true">
          {head === undefined ? 'Mean' : head + 1}
        </span>
      ))}
      {study.layers.map((_, layer) => (
        <Fragment key={layer}>
          <button
            type="button"
            class="layer"
            aria-pressed={layer === chosen.layer}
            onClick={() => heads.choose({ ...chosen, layer })}
          >
            {layer + 1}
          </button>
          {columns.map((head, column) => (
            <HeadButton
              key={head}
              heads={heads}
              place={{ layer, ...(head !== undefined && { head }) }}
              at={`${layer} ${column}`}
              event={maps[layer]}
              onPick={onPick}
            />
          ))}
        </Fragment>
      ))}
    </div>
  );
}

/** Moves the focus from a picture to its neighbour by an arrow key. */
function moveFocus(event: KeyboardEvent, isDeep: boolean): void {
  const [down, right] = MOVES[event.key] ?? [0, 0];
  const [layers, places] = isDeep ? [right, down] : [down, right];
  const at = (event.target as Element).closest<HTMLElement>('[data-place]')?.dataset.place;
  if ((down === 0 && right === 0) || at === undefined) return;
  event.preventDefault();
  const [layer = 0, column = 0] = at.split(' ').map(Number);
  (event.currentTarget as Element)
    .querySelector<HTMLElement>(`[data-place="${layer + layers} ${column + places}"]`)
    ?.focus();
}

function HeadButton(props: {
  readonly heads: Heads;
  readonly place: HeadPlace;
  /** Layer and column of the grid. */
  readonly at: string;
  /** Small pictures of the layer, once they have arrived. */
  readonly event: MapsEvent | undefined;
  readonly onPick: (place: HeadPlace, isShifted: boolean) => void;
}): JSX.Element {
  const { heads, place, at, event, onPick } = props;
  const map = place.head === undefined ? event?.mean : event?.heads[place.head];
  const url = useMemo(() => map && paintShades(map, Math.sqrt(map.length)), [map]);
  return (
    <button
      type="button"
      class="head-choice"
      data-place={at}
      aria-label={nameOf(place)}
      aria-pressed={heads.places.some((each) => isSame(each, place))}
      tabIndex={isSame(place, heads.chosen) ? 0 : -1}
      style={colourOf(heads, place)}
      onClick={({ shiftKey }) => onPick(place, shiftKey)}
    >
      <span class="head-map" style={url && { maskImage: `url(${url})` }} data-drawn={!!url} />
    </button>
  );
}

/** Returns the side of a small picture in pixels, which is smaller for more pictures, so that all are visible. */
function sideFor(layers: number, columns: number): number {
  const most = Math.max(layers, columns);
  return most <= 6 ? 64 : most <= 10 ? 44 : 30;
}

function colourOf({ shown }: Heads, place: HeadPlace): { '--head': string } | undefined {
  const colour = shown.find((each) => isSame(each.place, place))?.colour;
  return colour === undefined ? undefined : { '--head': colour };
}

/** The heads that are drawn together, each with its colour and a button that removes it. */
function Legend({ heads }: { readonly heads: Heads }): JSX.Element | null {
  if (heads.places.length < 2) return null;
  return (
    <ul class="head-legend" aria-label="Heads drawn together">
      {heads.places.map((place, i) => (
        <li key={nameOf(place)} style={colourOf(heads, place)}>
          <i /> {nameOf(place)}
          {i > 0 && <LinkButton label="Remove" onClick={() => heads.toggle(place)} />}
        </li>
      ))}
    </ul>
  );
}

/** Describes the kind of a layer's attention, and its shape. */
function describeLayer(layer: Subject['study']['layers'][number] | undefined): string {
  if (!layer) return '';
  const { kind, heads, keyValueHeads, groupLength, blockLength, windowLength } = layer;
  return [
    `${kind} attention`,
    groupLength !== undefined &&
      `${groupLength} tokens of a group are seen as one, once it has ended`,
    blockLength !== undefined && `in blocks of ${blockLength} tokens`,
    windowLength !== undefined && `to the last ${windowLength} tokens`,
    keyValueHeads < heads && `${heads / keyValueHeads} heads share keys and values`,
  ]
    .filter(Boolean)
    .join(', ');
}
