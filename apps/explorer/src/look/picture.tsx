import type { ComponentChildren, JSX, TargetedMouseEvent } from 'preact';
import { useRef } from 'preact/hooks';

import { download, LinkButton } from '../shell/buttons.js';

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
