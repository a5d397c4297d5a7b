import { useSignalEffect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { Output } from './output.js';

/**
 * Scrolls along with new tokens as long as the end is in sight, so that nobody who reads is moved.
 *
 * @param box - What scrolls.
 * @returns the reference of an empty element at its end, which is observed: to measure a long text for each
 *   token would lay it out each time.
 */
export function useStayAtEnd(
  box: RefObject<HTMLDivElement | null>,
  output: Output,
): RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(
      (seen) => (isAtEnd.current = seen.at(-1)?.isIntersecting ?? true),
      { root: box.current, rootMargin: '0px 0px 64px 0px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, []);
  useSignalEffect(() => {
    if (output.text.length.value === 0 || !isAtEnd.current) return;
    requestAnimationFrame(() => {
      if (box.current) box.current.scrollTop = box.current.scrollHeight;
    });
  });
  return end;
}
