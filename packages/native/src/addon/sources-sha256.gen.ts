// npm run build:native
export const SOURCES_SHA256 = '4c3de4538ecf0b369f50f628611315db00f4cf661402b1c80c785eaee1d90c45';
