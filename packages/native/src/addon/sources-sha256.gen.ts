// npm run build:native
export const SOURCES_SHA256 = '999ab87fe03e2ab33593195a400ef5dd5717cd8d93bdf8bffd2210afa6be0050';
