// npm run build:native
export const SOURCES_SHA256 = 'ed4113b2cb7d8dbc2839fa588f5aab281075e396a0cf72171bb40e855180b69f';
