import type { ComponentChildren, JSX, TargetedMouseEvent } from 'preact';
import { useRef } from 'preact/hooks';

import { savePicture } from './save-picture.js';

/** A picture with a line that says what is pointed at, and buttons that save it. */
export function Picture(props: {
  /** Names the file that is saved. */
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
          <button type="button" class="link-button" onClick={() => save('svg')}>
            Save SVG
          </button>
          <button type="button" class="link-button" onClick={() => save('png')}>
            Save PNG
          </button>
        </span>
      </figcaption>
    </figure>
  );
}
