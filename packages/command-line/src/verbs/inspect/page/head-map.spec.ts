import { headMap } from './head-map.js';

describe('headMap', () => {
  it('draws a run of equal shades at once, and nothing where none is read', () => {
    const rows = [Float32Array.of(1, 0, 0), Float32Array.of(0.5, 0.5, 0), Float32Array.of(0, 0, 1)];
    expect(headMap(rows, 'layer 0, head 1')).toBe(
      '<svg viewBox="0 0 3 3" role="img"><title>layer 0, head 1</title>' +
        '<path class="f16" d="M0 0h1v1h-1zM2 2h1v1h-1z"/><path class="f11" d="M0 1h2v1h-2z"/></svg>',
    );
  });
});
