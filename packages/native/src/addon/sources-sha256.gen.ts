// npm run build:native
export const SOURCES_SHA256 = 'f72deab680afba891a14660bbe84268609ccd60029cbf45064a18a05c23e21d9';
