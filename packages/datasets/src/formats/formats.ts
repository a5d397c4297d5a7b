import { EPUB } from './epub.js';
import type { DataFormat } from './format.js';
import { HTML } from './html.js';
import { DOCX, ODT } from './office.js';
import { PO } from './po.js';
import { TMX } from './tmx.js';
import { XLIFF } from './xliff.js';

/** All formats that are converted as they are read; a new one is a file and its line. */
export const FORMATS: readonly DataFormat[] = [HTML, EPUB, DOCX, ODT, TMX, XLIFF, PO];
