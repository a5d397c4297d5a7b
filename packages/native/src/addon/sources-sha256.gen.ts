// npm run build:native
export const SOURCES_SHA256 = '5a020aab0da364413dbc7459de1ead809af77dc1fe87effcaee73ee0d23e4955';
