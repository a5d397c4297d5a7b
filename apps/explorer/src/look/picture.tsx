import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX, TargetedMouseEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { download, LinkButton } from '../shell/buttons.js';
import { formatValue } from '../state/format.js';
import { paintCells } from './paint.js';

/** A picture with a line that describes the point under the pointer, and buttons that save it. */
export function Picture(props: {
  /** Name of the saved file. */
  readonly name: string;
  readonly caption: string;
  readonly width: number;
  readonly height: number;
  readonly label: string;
  readonly children: ComponentChildren;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly onMouseMove?: (event: TargetedMouseEvent<SVGSVGElement>) => void;
  readonly onMouseLeave?: () => void;
  readonly onClick?: () => void;
}): JSX.Element {
  const { name, caption, width, height, label, children, onKeyDown, ...pointing } = props;
  const svg = useRef<SVGSVGElement>(null);
  const save = (kind: 'svg' | 'png') => {
    if (svg.current) void savePicture(svg.current, name, kind);
  };
  return (
    <figure class="picture">
      <div
        class="picture-box"
        tabIndex={0}
        role="group"
        aria-label={label}
        {...(onKeyDown && { onKeyDown })}
      >
        <svg
          ref={svg}
          xmlns="http://www.w3.org/2000/svg"
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="img"
          aria-label={label}
          {...pointing}
        >
          {children}
        </svg>
      </div>
      <figcaption>
        <span class="picture-caption" role="status">
          {caption}
        </span>
        <span class="picture-actions">
          <LinkButton label="Save SVG" onClick={() => save('svg')} />
          <LinkButton label="Save PNG" onClick={() => save('png')} />
        </span>
      </figcaption>
    </figure>
  );
}

/** CSS properties that a picture needs without the style sheet of the page. */
const PROPERTIES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'image-rendering',
] as const;

/** Saves a picture of the page as a file that needs no style sheet. */
async function savePicture(
  picture: SVGSVGElement,
  name: string,
  kind: 'svg' | 'png',
): Promise<void> {
  const svg = new Blob([standalone(picture)], { type: 'image/svg+xml' });
  download(kind === 'svg' ? svg : await toPng(svg, picture), `${name}.${kind}`);
}

function standalone(picture: SVGSVGElement): string {
  const copy = picture.cloneNode(true) as SVGSVGElement; // a clone has the same type
  const originals = picture.querySelectorAll<SVGElement>('*');
  copy.querySelectorAll<SVGElement>('*').forEach((element, i) => {
    const original = originals[i];
    if (!original) return;
    const style = getComputedStyle(original);
    for (const property of PROPERTIES) {
      element.setAttribute(property, style.getPropertyValue(property));
    }
    element.removeAttribute('class');
  });
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  ground.setAttribute('width', '100%');
  ground.setAttribute('height', '100%');
  ground.setAttribute('fill', getComputedStyle(document.body).backgroundColor);
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}

/** Draws the picture at twice its size, for screens with a higher resolution than CSS pixels. */
async function toPng(svg: Blob, picture: SVGSVGElement): Promise<Blob> {
  const { width, height } = picture.viewBox.baseVal;
  const url = URL.createObjectURL(svg);
  const image = new Image();
  image.src = url;
  await image.decode();
  URL.revokeObjectURL(url);
  const canvas = document.createElement('canvas');
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) =>
      blob
        ? resolve(blob)
        : reject(new Error('picture: the browser could not make a PNG; save it as SVG')),
    ),
  );
}

/** A vector as coloured cells, under its name and its range, or the value under the pointer. */
export function Strip(props: {
  readonly label: string;
  readonly values: readonly number[];
  /** Number of cells in a row; by default 64, or 128 for a long vector. */
  readonly columns?: number;
}): JSX.Element {
  const { label, values, columns } = props;
  const point = useSignal('');
  const range = `${formatValue(Math.min(...values))} to ${formatValue(Math.max(...values))}`;
  return (
    <div class="strip" style={{ width: `${CELL * columnsOf(values, columns)}px` }}>
      <p class="strip-line">
        <span class="strip-label">{label}</span>
        <span class="strip-value">{point.value || `${values.length} numbers, ${range}`}</span>
      </p>
      <Cells {...{ label, values, columns }} onPoint={(text) => (point.value = text)} />
    </div>
  );
}

/** Width of a cell in pixels, if the page is wide enough. */
const CELL = 14;
const LONG = 1024;

/** Returns the number of cells in a row. */
function columnsOf({ length }: readonly number[], columns = length > LONG ? 128 : 64): number {
  return Math.min(columns, length);
}

/** The cells of a vector, row by row. The pointer and the arrow keys choose a cell. */
export function Cells(props: {
  readonly label: string;
  readonly values: readonly number[];
  readonly columns?: number | undefined;
  /** Magnitude with the full colour; by default the largest of the vector. */
  readonly scale?: number;
  /**
   * Called with the index and the value of the chosen cell, `17: -0.1234`, or with an empty text if no cell is
   * chosen.
   */
  readonly onPoint: (text: string) => void;
}): JSX.Element {
  const { label, values, columns, scale, onPoint } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const cell = useSignal(0);
  const last = values.length - 1;
  const width = columnsOf(values, columns);
  const rows = Math.ceil(values.length / width);
  const textOf = (index: number) => `${index}: ${formatValue(values[index] ?? NaN)}`;
  const choose = (index: number) => {
    cell.value = Math.min(Math.max(index, 0), last);
    onPoint(textOf(cell.value));
  };
  useEffect(() => {
    if (canvas.current) paintCells(canvas.current, values, scale);
  }, [values, width, scale]);
  const index = Math.min(cell.value, last);
  return (
    <canvas
      ref={canvas}
      class="cells"
      width={width}
      height={rows}
      style={{ maxWidth: `${CELL * width}px`, height: `${rows * (rows > 4 ? 6 : 16)}px` }}
      tabIndex={0}
      role="slider"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={index}
      aria-valuetext={textOf(index)}
      onMouseMove={({ currentTarget, offsetX, offsetY }) => {
        const column = Math.floor((offsetX * width) / currentTarget.clientWidth);
        const row = Math.floor((offsetY * rows) / currentTarget.clientHeight);
        choose(row * width + Math.min(Math.max(column, 0), width - 1));
      }}
      onMouseLeave={() => onPoint('')}
      onFocus={() => choose(index)}
      onBlur={() => onPoint('')}
      onKeyDown={(event) => {
        const next = keyTarget(event.key, index, width, last);
        if (next === undefined) return;
        event.preventDefault();
        choose(next);
      }}
    />
  );
}

/** Returns the cell that a key leads to; `undefined` for other keys. */
function keyTarget(key: string, from: number, width: number, last: number): number | undefined {
  const targets: Readonly<Record<string, number>> = {
    ...{ ArrowLeft: from - 1, ArrowRight: from + 1, ArrowUp: from - width },
    ...{ ArrowDown: from + width, Home: 0, End: last },
  };
  return targets[key];
}
