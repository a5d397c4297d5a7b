import { sgmSegments } from './debian-pairs.js';

describe('sgmSegments', () => {
  it('reads segments as sacreBLEU does: in order, spaces joined, entities unchanged', () => {
    const text =
      '<srcset setid="newstest2014">\r\n<doc docid="a">\n<p>\n<seg id="1"> Ein  Hund &amp; </seg>\n' +
      '<SEG id="2">zwei</SEG>\n</p>\n<hl>\n<seg id="3"></seg>\n</hl>\n</doc>\n';
    expect(sgmSegments(text)).toBe('Ein Hund &amp;\nzwei\n\n');
  });
});
