// npm run build:native
export const SOURCES_SHA256 = 'e1b5a9524fb6d1f63d768544ff871152b6017b3e77fb24276116ee1002913726';
