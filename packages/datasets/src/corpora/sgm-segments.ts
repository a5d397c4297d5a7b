/**
 * The segments of an SGM file of WMT, a line each, as sacreBLEU reads them: what stands between the tags,
 * with entities as they are. Such files are no proper SGML.
 *
 * @see sacrebleu/dataset/fake_sgml.py
 */
export function sgmSegments(text: string): string {
  const segments = text.matchAll(/^\s*<seg\b[^>]*>(.*)<\/seg>/gim);
  return Array.from(segments, ([, segment]) => `${segment.replaceAll(/\s+/g, ' ').trim()}\n`).join(
    '',
  );
}
